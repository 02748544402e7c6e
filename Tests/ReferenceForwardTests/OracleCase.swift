import Checkpoints
import Foundation
import StrictJSON
import Testing

/// A folder of the oracle: `base/`, `adapted/`, `prompts.jsonl` and `expected.json`.
struct OracleCase: Sendable, CustomTestStringConvertible {
  var folder: URL
  var testDescription: String { folder.lastPathComponent }

  /// The cases of the folder that LEIBNIZ_ORACLE names; none where it is unset.
  static let all: [OracleCase] = {
    guard let path = ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE"] else { return [] }
    let folders = try? FileManager.default.contentsOfDirectory(
      at: URL(filePath: path), includingPropertiesForKeys: nil)
    return (folders ?? []).sorted { $0.path < $1.path }.map(OracleCase.init)
  }()

  struct Prompt {
    var tokens: [Int]
    var separator: Int

    /// The separator is the first token of the second region.
    var regions: [Int?] { tokens.indices.map { $0 < separator ? 0 : 1 } }
  }

  func prompts() throws -> [Prompt] {
    try String(contentsOf: folder.appending(path: "prompts.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { line in
        let reader = try JSONReader(file: "prompts.jsonl", bytes: Array(line.utf8))
        return Prompt(
          tokens: try reader.optionalIntegers("input_ids") ?? [], separator: try reader.integer("separator"))
      }
  }

  func expected() throws -> JSONReader {
    let file = folder.appending(path: "expected.json")
    return try JSONReader(
      file: "expected.json", bytes: [UInt8](Data(contentsOf: file)), limits: JSONLimits())
  }
}

extension JSONReader {
  /// The objects of an array.
  func objects(_ name: String) throws -> [JSONReader] {
    try (optionalArray(name) ?? []).map { value in
      guard case .object(let object) = value else { throw error(name, "an object is expected") }
      return JSONReader(file: file, path: name, object: object)
    }
  }

  func member(_ name: String) throws -> JSONReader {
    guard let object = try optionalObject(name) else { throw error(name, "missing") }
    return object
  }
}
