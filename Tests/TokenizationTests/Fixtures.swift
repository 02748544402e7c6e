import Foundation

@testable import Tokenization

/// The folder fixtures/tokenizers.
enum Fixtures {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/tokenizers")

  static let kinds = [
    "accents", "bytes", "cl100k", "clip", "deepseek", "flags", "gemma", "gpt2", "llama2", "llama3",
    "metaspace",
    "mistral", "o200k", "qwen2", "roberta", "smollm2",
  ]

  static func bytes(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: folder.appending(path: name)))
  }

  static func tokenizer(_ kind: String) throws -> Tokenizer {
    try Tokenizer(tokenizerJSON: try bytes("\(kind).json"), file: "\(kind).json")
  }

  static func torture() throws -> [String] {
    try JSONDecoder().decode([String].self, from: Data(contentsOf: folder.appending(path: "torture.json")))
  }

  /// What the `tokenizers` library makes of the torture list.
  struct Golden: Decodable {
    var ids: [[Int]]
    var withoutSpecialTokens: [[Int]]
    var tokens: [[String]]
    var sentence: String
    /// For every character of the sentence but the first, the token that holds it.
    var holders: [Int?]
  }

  static func golden(_ kind: String) throws -> Golden {
    try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: folder.appending(path: "\(kind).golden.json")))
  }

  /// A tokenizer without merges that shows how a text is cut: a character has one id at the start of a word (its
  /// place in `alphabet`) and another inside.
  static func splitter(alphabet: String, preTokenizer: String) throws -> Tokenizer {
    var entries: [String] = []
    for (index, scalar) in alphabet.unicodeScalars.enumerated() {
      let text = String(data: try JSONEncoder().encode(String(scalar)), encoding: .utf8) ?? ""
      entries.append("\(text): \(index)")
      entries.append("\"##\(text.dropFirst()): \(index + 1000)")
    }
    let file = """
      {"version": "1.0", "pre_tokenizer": \(preTokenizer), "model": {"type": "BPE", "continuing_subword_prefix": "##",
      "vocab": {\(entries.joined(separator: ", "))}, "merges": []}}
      """
    return try Tokenizer(tokenizerJSON: Array(file.utf8), file: "tokenizer.json")
  }
}
