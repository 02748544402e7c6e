import Foundation

/// Hands a new temporary folder to `body` and removes it.
package func withTemporaryFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appending(path: "leibniz-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder)
}

/// Every file below a folder by its path there.
package func contents(of folder: URL) throws -> [String: Data] {
  let entries = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
  var files: [String: Data] = [:]
  for entry in entries {
    let url = folder.appending(path: entry)
    if try url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory != true {
      files[entry] = try Data(contentsOf: url)
    }
  }
  return files
}

/// Replaces a text that has to be there in a file.
package func edit(_ file: URL, _ old: String, _ new: String) throws {
  let text = try String(contentsOf: file, encoding: .utf8)
  guard text.contains(old) else { throw MissingText(text: old) }
  try text.replacing(old, with: new).write(to: file, atomically: false, encoding: .utf8)
}

/// A text that was to be replaced is not there.
package struct MissingText: Error {
  package let text: String
}
