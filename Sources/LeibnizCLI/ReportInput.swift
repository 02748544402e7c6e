import Foundation
import Results
import StrictJSON

/// Reports as commands are given them: by a file, by the folder of a report, or by a folder of several.
enum ReportInput {
  /// Reads an analysis.json or an interventions.json, or the one that a report's folder holds.
  /// - Throws: ``CommandFileError`` and the errors of the JSON reader, which name the file.
  static func report(at path: String) throws -> (report: Report, file: String) {
    guard CommandFiles.isFolder(path) else { return try read(path) }
    let found = files(in: path.rest(before: "/") ?? path)
    guard found.count == 1 else {
      let words =
        found.isEmpty
        ? "neither analysis.json nor interventions.json; name a report"
        : "both analysis.json and interventions.json; name one of them"
      throw CommandFileError.unreadable(path, reason: "it is a folder that holds \(words)")
    }
    return try read(found[0])
  }

  /// Reads a report, or all reports of a folder that holds several, by their names.
  static func reports(at path: String) throws -> [(report: Report, file: String)] {
    guard CommandFiles.isFolder(path) else { return [try read(path)] }
    let folder = path.rest(before: "/") ?? path
    let inside = files(in: folder)
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: URL(filePath: path).path)) ?? []
    let found = inside.isEmpty ? entries.sorted().flatMap { files(in: "\(folder)/\($0)") } : inside
    return found.isEmpty ? [try report(at: path)] : try found.map(read)
  }

  private static func read(_ path: String) throws -> (report: Report, file: String) {
    (try Report(json: CommandFiles.bytes(at: path), file: path), path)
  }

  private static func files(in folder: String) -> [String] {
    ["analysis.json", "interventions.json"].map { "\(folder)/\($0)" }
      .filter { FileManager.default.fileExists(atPath: URL(filePath: $0).path) }
  }
}
