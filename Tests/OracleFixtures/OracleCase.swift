import Foundation
import StrictJSON

/// A folder of the oracle: `base/`, `adapted/`, `prompts.jsonl` and `expected.json`, and reference values of further parts
/// in `expected-….json` where it has them.
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

  /// The cases of the folders that LEIBNIZ_ORACLE names, with colons between them, but for committed and rounded ones; none where
  /// it is unset.
  public static let further: [OracleCase] = named.filter { !rounded.contains($0.description) }

  /// Those among them whose reference values have rounding of double precision, near 1e-16, where a mask leaves nothing to change:
  /// the library multiplies a row of an expert in another order once other rows go to it.
  public static let furtherRounded: [OracleCase] = named.filter { rounded.contains($0.description) }

  private static let rounded: Set = ["qwen3-moe-alora", "qwen3-moe-alora-hub", "qwen3-moe-stacked-hub"]

  private static let named: [OracleCase] = {
    guard let paths = ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE"] else { return [] }
    let known = Set(bundled.map(\.description))
    return paths.split(separator: ":").flatMap { cases(in: URL(filePath: String($0))) }
      .filter { !known.contains($0.description) }
  }()

  /// What single precision keeps of what is of second order in the last layers, where that is less than 2e-5; nil elsewhere. Transformers'
  /// own base in single precision has patterns that are 1.4e-5 off there in the first case; in Gemma 4, whose scores are not scaled and reach
  /// 21, scores that are 4e-5 off; and behind linear attention, which divides by the lengths of small vectors, keys that are 8e-6 off: a rounding of
  /// what the first layer's projections give counts 700 times there, so that the base's products alone, in single precision, are worth 5e-5.
  public var singlePrecisionBound: Double? {
    ["gpt-oss-lora-whisper": 1e-4, "gemma4-lora-whisper": 1e-4, "qwen3-5-lora-whisper": 1e-4][description]
  }

  /// The committed and further cases that have reference values of a part in a file of its own.
  public static func with(_ part: String) -> [OracleCase] {
    (bundled + further).filter {
      FileManager.default.fileExists(atPath: $0.folder.appending(path: "expected-\(part).json").path)
    }
  }

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

  /// What `expected-PART.json` holds, where that is more than rows.
  public func expected(object part: String) throws -> JSONReader {
    let name = "expected-\(part).json"
    return try JSONReader(file: name, bytes: [UInt8](Data(contentsOf: folder.appending(path: name))))
  }

  /// The rows of `expected-PART.json`.
  public func expected(_ part: String) throws -> [JSONReader] {
    let name = "expected-\(part).json"
    let file = folder.appending(path: name)
    guard case .array(let rows) = try JSONValue.parse([UInt8](Data(contentsOf: file))) else {
      throw JSONMemberError(file: name, path: "", message: "an array is expected")
    }
    return try rows.map { row in
      guard case .object(let object) = row else {
        throw JSONMemberError(file: name, path: "", message: "objects are expected")
      }
      return JSONReader(file: name, object: object)
    }
  }
}
