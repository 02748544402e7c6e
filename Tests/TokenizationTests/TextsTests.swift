import Testing

@testable import Tokenization

/// Texts of tokens.
@Suite struct TextsTests {
  @Test(arguments: ["gpt2", "cl100k", "o200k", "llama3", "gemma"]) func `Put together they are the text`(
    kind: String
  ) throws {
    let tokenizer = try Fixtures.tokenizer(kind)
    // To the library too `<0x41>` is an A, wherever it comes from.
    for text in try Fixtures.torture() where !text.contains("<0x") {
      let ids = tokenizer.encode(text, addsSpecialTokens: false)
      let texts = tokenizer.texts(of: ids)
      #expect(texts.count == ids.count)
      // SentencePiece's mark for a space is a space to it.
      let expected = kind == "gemma" ? text.unicodeScalars.map { $0 == "▁" ? " " : $0 } : Array(text.unicodeScalars)
      #expect(Array(texts.joined().unicodeScalars) == expected, "\(text.debugDescription)")
    }
  }

  @Test func `A character of several tokens stands with the first`() throws {
    let tokenizer = try Fixtures.tokenizer("bytes")
    let ids = "aé🙂b".utf8.map { byte in
      tokenizer.id(of: String(ByteAlphabet.characters[Int(byte)])) ?? -1
    }
    #expect(tokenizer.texts(of: ids) == ["a", "é", "", "🙂", "", "", "", "b"])
    #expect(tokenizer.texts(of: Array(ids.dropFirst(2).prefix(3))) == ["\u{FFFD}", "\u{FFFD}", ""])
    #expect(tokenizer.texts(of: [-1, ids[0], 1_000_000_000]) == ["\u{FFFD}", "a", "\u{FFFD}"])
    #expect(tokenizer.texts(of: []) == [])
  }

  @Test func `Bytes and spaces of SentencePiece are read, added tokens are as they are`() throws {
    let tokenizer = try Fixtures.tokenizer("llama2")
    let ids = try ["▁", "<0xC3>", "<0xA9>", "<s>", "▁"].map { try #require(tokenizer.id(of: $0)) }
    #expect(tokenizer.texts(of: ids) == [" ", "é", "", "<s>", " "])
  }
}
