import Foundation

/// A report's folder that appears whole or not at all: files are written under a temporary name beside it, which is then
/// renamed.
struct ReportFolder {
  private let target: URL
  private let replaces: Bool

  /// What stands in the way of a report.
  enum Obstacle: Error, CustomStringConvertible {
    case exists(String)
    case foreign(String, file: String)
    case missingParent(String)
    case unwritable(String, reason: String)

    var description: String {
      switch self {
      case .exists(let path):
        "\(path): there is something of that name. Choose another --output, or replace a report with --force."
      case .foreign(let path, let file):
        "\(path): holds \(file), which is no part of a Leibniz report, so --force does not replace it. Choose another --output."
      case .missingParent(let path):
        "\(path): the folder to write into does not exist. Create it first."
      case .unwritable(let path, let reason):
        "\(path): the report cannot be written: \(reason)"
      }
    }
  }

  /// Checks, before any work is done, that a report can be written.
  init(path: String, replaces: Bool) throws(Obstacle) {
    target = URL(fileURLWithPath: path).standardizedFileURL
    self.replaces = replaces
    let files = FileManager.default
    var isFolder: ObjCBool = false
    let parent = target.deletingLastPathComponent().path
    guard files.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
      throw .missingParent(parent)
    }
    guard files.isWritableFile(atPath: parent) else {
      throw .unwritable(path, reason: "there is no permission to write into \(parent)")
    }
    guard files.fileExists(atPath: target.path, isDirectory: &isFolder) else { return }
    guard replaces, isFolder.boolValue else { throw .exists(path) }
    if let file = foreignFile() { throw .foreign(path, file: file) }
  }

  /// Something in the folder that no report has.
  private func foreignFile() -> String? {
    let entries = FileManager.default.enumerator(atPath: target.path)?.compactMap { $0 as? String } ?? []
    return entries.sorted().first { entry in
      let isFigure = entry.hasPrefix("figures/") && entry.hasSuffix(".svg")
      return !isFigure && !["analysis.json", "blocks.csv", "report.md", "figures"].contains(entry)
    }
  }

  /// Writes all files and puts the folder in place.
  func write(_ contents: [(path: String, bytes: [UInt8])]) throws(Obstacle) {
    let files = FileManager.default
    let parent = target.deletingLastPathComponent()
    let mark = "\(target.lastPathComponent).\(ProcessInfo.processInfo.processIdentifier)"
    let fresh = parent.appendingPathComponent(".\(mark).new")
    let old = parent.appendingPathComponent(".\(mark).old")
    do {
      for file in contents {
        let url = fresh.appendingPathComponent(file.path)
        try files.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(file.bytes).write(to: url)
      }
      let hasOld = files.fileExists(atPath: target.path)
      if hasOld { try files.moveItem(at: target, to: old) }
      do { try files.moveItem(at: fresh, to: target) } catch {
        if hasOld { try files.moveItem(at: old, to: target) }
        throw error
      }
      if hasOld { try files.removeItem(at: old) }
    } catch {
      try? files.removeItem(at: fresh)
      throw .unwritable(target.path, reason: error.localizedDescription)
    }
  }
}
