import Foundation
import StrictJSON

/// A folder of the oracle: `base/`, `adapted/`, `prompts.jsonl` and `expected.json`.
public struct OracleCase: Sendable, CustomStringConvertible {
  /// The case's folder.
  public var folder: URL
  /// The folder's name.
  public var description: String { folder.lastPathComponent }
  /// The base model.
  public var base: URL { folder.appending(path: "base") }
  /// What is compared with it.
  public var adapted: URL { folder.appending(path: "adapted") }
  /// The prompts.
  public var prompts: URL { folder.appending(path: "prompts.jsonl") }

  /// The committed cases, in fixtures/oracle.
  public static let bundled: [OracleCase] = {
    let root = (0..<3).reduce(URL(filePath: #filePath)) { url, _ in url.deletingLastPathComponent() }
    return cases(in: root.appending(path: "fixtures/oracle"))
  }()

  /// The cases of the folder that LEIBNIZ_ORACLE names, but for the committed ones; none where it is unset.
  public static let further: [OracleCase] = {
    guard let path = ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE"] else { return [] }
    let known = Set(bundled.map(\.description))
    return cases(in: URL(filePath: path)).filter { !known.contains($0.description) }
  }()

  /// A committed case.
  public static func bundled(_ name: String) -> OracleCase? { bundled.first { $0.description == name } }

  private static func cases(in folder: URL) -> [OracleCase] {
    let entries = try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    return (entries ?? []).map(OracleCase.init).filter {
      FileManager.default.fileExists(atPath: $0.folder.appending(path: "expected.json").path)
    }.sorted { $0.description < $1.description }
  }

  /// A prompt's tokens with the index of its separator.
  public struct Prompt: Sendable {
    /// Token ids.
    public var tokens: [Int]
    /// The first token of the second region.
    public var separator: Int

    /// By token: 0 before the separator, 1 from it on.
    public var regions: [Int?] { tokens.indices.map { $0 < separator ? 0 : 1 } }
  }

  /// The prompts, read anew.
  public func readPrompts() throws -> [Prompt] {
    try String(contentsOf: prompts, encoding: .utf8).split(separator: "\n").map { line in
      let reader = try JSONReader(file: "prompts.jsonl", bytes: Array(line.utf8))
      return Prompt(
        tokens: try reader.optionalIntegers("input_ids") ?? [], separator: try reader.integer("separator"))
    }
  }

  /// The reference values.
  public func expected() throws -> JSONReader {
    let file = folder.appending(path: "expected.json")
    return try JSONReader(file: "expected.json", bytes: [UInt8](Data(contentsOf: file)))
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

  /// An object that has to be there.
  func member(_ name: String) throws -> JSONReader {
    guard let object = try optionalObject(name) else { throw error(name, "missing") }
    return object
  }
}
