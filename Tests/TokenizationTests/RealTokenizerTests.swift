import Foundation
import Testing

@testable import Tokenization

/// SmolLM2's own tokenizer on real prompts, where LEIBNIZ_DATA names a folder with `smollm2-135m-instruct/tokenizer.json`
/// and `prompts/spt-dev.jsonl` (ids) beside `prompts/spt-dev-text.jsonl` (the same as text).
@Suite struct RealTokenizerTests {
  private struct Prompt: Decodable {
    var text: String?
    var input_ids: [Int]?
  }

  private static let folder = ProcessInfo.processInfo.environment["LEIBNIZ_DATA"].map { URL(filePath: $0) }

  private func prompts(_ name: String) throws -> [Prompt] {
    let folder = try #require(Self.folder)
    let text = try String(contentsOf: folder.appending(path: "prompts/\(name)"), encoding: .utf8)
    return try text.split(separator: "\n").map { try JSONDecoder().decode(Prompt.self, from: Data($0.utf8)) }
  }

  @Test(.enabled(if: folder != nil, "LEIBNIZ_DATA is not set"))
  func smolLM2OnRealPrompts() throws {
    let folder = try #require(Self.folder)
    let file = try Data(contentsOf: folder.appending(path: "smollm2-135m-instruct/tokenizer.json"))
    let tokenizer = try Tokenizer(tokenizerJSON: Array(file), file: "tokenizer.json")
    let texts = try prompts("spt-dev-text.jsonl")
    let ids = try prompts("spt-dev.jsonl")
    #expect(texts.count == ids.count && texts.count > 0)
    for (text, ids) in zip(texts, ids) {
      #expect(tokenizer.encode(try #require(text.text)) == ids.input_ids)
    }
  }
}
