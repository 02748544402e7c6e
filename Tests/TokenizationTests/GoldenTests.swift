import Foundation
import Testing

@testable import Tokenization

/// Ids of the torture list against those of the `tokenizers` library (fixtures/tokenizers/make.py).
@Suite struct GoldenTests {
  @Test(arguments: Fixtures.kinds)
  func idsAreThoseOfTheLibrary(kind: String) throws {
    let tokenizer = try Fixtures.tokenizer(kind)
    let golden = try Fixtures.golden(kind)
    let texts = try Fixtures.torture()
    #expect(texts.count > 200)
    #expect(golden.ids.count == texts.count && golden.withoutSpecialTokens.count == texts.count)
    for (index, text) in texts.enumerated() {
      #expect(tokenizer.encode(text) == golden.ids[index], "\(text.debugDescription)")
      #expect(
        tokenizer.encode(text, addsSpecialTokens: false) == golden.withoutSpecialTokens[index],
        "\(text.debugDescription) without special tokens")
    }
  }

  @Test(arguments: Fixtures.kinds)
  func tokensAreSpeltAsInTheVocabulary(kind: String) throws {
    let tokenizer = try Fixtures.tokenizer(kind)
    let golden = try Fixtures.golden(kind)
    for (ids, tokens) in zip(golden.ids, golden.tokens) {
      #expect(tokenizer.tokens(of: ids).map { Array($0.utf8) } == tokens.map { Array($0.utf8) })
    }
  }

  @Test func anIdIsFoundByItsToken() throws {
    let tokenizer = try Fixtures.tokenizer("qwen2")
    for token in ["<|im_start|>", "<tool_call>", "Ġ", "a"] {
      let id = try #require(tokenizer.id(of: token))
      #expect(tokenizer.tokens(of: [id]) == [token])
    }
    #expect(tokenizer.id(of: "<|nothing|>") == nil)
    #expect(tokenizer.tokens(of: [-1, 1_000_000_000]) == ["", ""])
  }

  @Test func bothSpellingsOfMergesMeanTheSame() throws {
    let text = String(decoding: try Fixtures.bytes("gpt2.json"), as: UTF8.self)
    let parts = try #require(text.range(of: "\"merges\":["))
    let merges = text[parts.upperBound...].prefix { $0 != "]" }
    let pairs = merges.split(separator: ",").map { "[\($0.replacing(" ", with: "\",\""))]" }
    let file = text.replacing(merges, with: pairs.joined(separator: ","))
    #expect(file.contains("[\"Ġ\",\""))
    let tokenizer = try Tokenizer(tokenizerJSON: Array(file.utf8), file: "gpt2.json")
    for (text, ids) in zip(try Fixtures.torture(), try Fixtures.golden("gpt2").ids) {
      #expect(tokenizer.encode(text) == ids)
    }
  }
}
