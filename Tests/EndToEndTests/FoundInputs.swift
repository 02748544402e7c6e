import Foundation
import Testing

/// Inputs that people brought, in the folder `found` beside the reference cases that LEIBNIZ_ORACLE names.
enum FoundInputs {
  static let folder: URL? = {
    guard let oracle = ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE"] else { return nil }
    let found = URL(filePath: oracle).deletingLastPathComponent().deletingLastPathComponent().appending(path: "found")
    return FileManager.default.fileExists(atPath: found.path) ? found : nil
  }()

  static let missing: Comment = "LEIBNIZ_ORACLE has no folder found beside it"

  static func folder(_ name: String) throws -> URL { try #require(folder).appending(path: name) }
}
