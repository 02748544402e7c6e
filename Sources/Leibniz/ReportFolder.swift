import Files
import Foundation
import Reporting
import Results

/// A place for a report, checked before anything is computed.
///
/// The files are written under a temporary name beside it, which is then renamed.
public struct ReportFolder: Sendable {
  private let folder: URL
  private let replacing: Bool
  private let mark: String
  private let kind: any FolderReport.Type
  /// What a write or a move waits for: it is done within the body that it is given.
  public typealias Placing = (_ place: () throws -> Void) throws -> Void

  /// Where the files are written before the folder gets its name; a process that is stopped meanwhile may remove it.
  public let temporary: URL
  private var target: URL { folder.standardizedFileURL }
  private var name: String { folder.relativePath }

  /// Checks that a report can be written.
  /// - Parameters:
  ///   - folder: The report's folder, which is created; the one it lies in has to exist.
  ///   - kind: What will be written.
  ///   - replacing: Whether a report of the kind may be replaced that is there already.
  /// - Throws: ``ReportFolderError``.
  public init(
    _ folder: URL, for kind: any FolderReport.Type = Analysis.self, replacing: Bool = false
  ) throws(ReportFolderError) {
    self.folder = folder
    self.kind = kind
    self.replacing = replacing
    mark = "\(folder.standardizedFileURL.lastPathComponent).\(UUID().uuidString)"
    temporary = folder.standardizedFileURL.deletingLastPathComponent().appendingPathComponent(".\(mark).new")
    guard folder.isFileURL else { throw .unwritable(folder.absoluteString, reason: "it is not a file URL") }
    try check()
  }

  private func check() throws(ReportFolderError) {
    let files = FileManager.default
    var isFolder: ObjCBool = false
    let parent = target.deletingLastPathComponent().path
    guard files.fileExists(atPath: parent, isDirectory: &isFolder), isFolder.boolValue else {
      throw .missingParent(parent)
    }
    guard files.isWritableFile(atPath: parent) else {
      throw .unwritable(name, reason: "there is no permission to write into \(parent)")
    }
    guard files.fileExists(atPath: target.path, isDirectory: &isFolder) else {
      // A link that leads nowhere is there all the same.
      if (try? files.destinationOfSymbolicLink(atPath: target.path)) != nil {
        throw replacing ? .noFolder(name) : .exists(name)
      }
      return
    }
    guard replacing else { throw .exists(name) }
    guard isFolder.boolValue else { throw .noFolder(name) }
    if let file = foreignFile() { throw .foreign(name, file: file) }
  }

  /// Something in the folder that no report has.
  private func foreignFile() -> String? {
    // A folder that is no report is not walked: what lies in it tells, and of its folders whether they are reports.
    let top = Self.names(in: target)
    let folders = top.filter { Self.isFolder(target.appendingPathComponent($0)) }
    let marks = folders.flatMap { folder in
      Self.marks.map { "\(folder)/\($0)" }.filter {
        FileManager.default.fileExists(atPath: target.appendingPathComponent($0).path)
      }
    }
    if let file = kind.foreign(in: top + marks) { return file }
    let second = folders.flatMap { folder in
      Self.names(in: target.appendingPathComponent(folder)).map { "\(folder)/\($0)" }
    }
    if let file = kind.foreign(in: top + second) { return file }
    let third = second.filter { Self.isFolder(target.appendingPathComponent($0)) }.flatMap { folder in
      Self.names(in: target.appendingPathComponent(folder)).map { "\(folder)/\($0)" }
    }
    return kind.foreign(in: top + second + third)
      ?? third.first { Self.isFolder(target.appendingPathComponent($0)) }
  }

  /// Files that make a folder in another one a report.
  private static let marks = ["analysis.json", "interventions.json"]

  private static func names(in folder: URL) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
  }

  /// Whether it is a folder and no link to one.
  private static func isFolder(_ url: URL) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: url.path))?[.type] as? FileAttributeType == .typeDirectory
  }

  /// Writes all files of a report and puts the folder in place.
  /// - Throws: ``ReportFolderError``; no half of a report is left then.
  public func write(_ report: some FolderReport) throws(ReportFolderError) {
    try write(placing: { try $0() }) { () throws(ResultsError) in try report.files() }
  }

  /// Writes one report as it is, several each into a folder of its own with a page beside them that compares them.
  /// - Parameter placing: Called with what puts the finished folder in place, which takes a moment, where everything before may
  ///   take long.
  /// - Throws: ``ReportFolderError``; no half of a report is left then.
  public func write<Report: AdapterReport>(
    _ reports: [Report], placing: Placing = { try $0() }
  ) throws(ReportFolderError) {
    guard !reports.isEmpty else { return }
    try write(placing: placing) { () throws(ResultsError) in
      try reports.count == 1 ? reports[0].files() : Report.files(of: reports)
    }
  }

  private func write(
    placing: Placing, _ files: () throws(ResultsError) -> [(path: String, bytes: [UInt8])]
  ) throws(ReportFolderError) {
    let contents: [(path: String, bytes: [UInt8])]
    do { contents = try files() } catch { throw .result(error) }
    // The analysis took its time, in which something may have come to stand here.
    try check()
    let old = target.deletingLastPathComponent().appendingPathComponent(".\(mark).old")
    do {
      try Self.write(contents, to: Folder(making: temporary))
      try placing { try place(temporary, old: old) }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      throw .unwritable(target.path, reason: error.fileReason)
    }
  }

  private static func write(_ contents: [(path: String, bytes: [UInt8])], to folder: Folder) throws {
    for file in contents {
      let path = file.path.split(separator: "/").map(String.init)
      let own = try path.dropLast().reduce(folder) { try $0.folder($1) }
      try own.make(path.last ?? "", file.bytes)
    }
  }

  /// Gives a finished folder its name; what has the name goes aside first, and comes back if that fails.
  private func place(_ fresh: URL, old: URL) throws {
    let files = FileManager.default
    let hasOld = replacing && files.fileExists(atPath: target.path)
    if hasOld { try files.moveItem(at: target, to: old) }
    do { try files.moveItem(at: fresh, to: target) } catch {
      if hasOld { try files.moveItem(at: old, to: target) }
      throw error
    }
    if hasOld { try files.removeItem(at: old) }
  }
}
