import Testing

@testable import Tokenization

/// Where a separator's text begins among the tokens of a prompt.
@Suite struct PositionTests {
  /// Kinds that spell a character the same wherever it stands; the others mark ends of words or drop characters.
  static let spelling = Fixtures.kinds.filter { !["accents", "clip", "metaspace"].contains($0) }

  /// The separator begins with the token that holds its first character, as the library's offsets say.
  @Test(arguments: spelling) func `A separator may begin inside a word`(kind: String) throws {
    let tokenizer = try Fixtures.tokenizer(kind)
    let golden = try Fixtures.golden(kind)
    let scalars = Array(golden.sentence.unicodeScalars)
    #expect(golden.holders.count == scalars.count - 1)
    for (index, holder) in zip(1..., golden.holders) {
      // From here to the end, which occurs once.
      let part = String(String.UnicodeScalarView(scalars[index...]))
      let found = tokenizer.encode(golden.sentence, separator: part)
      #expect(found.tokens == tokenizer.encode(golden.sentence))
      #expect(found.separator == holder, "\(part.debugDescription)")
    }
  }

  @Test func `A special token is found where it stands, the last one counts`() throws {
    let tokenizer = try Fixtures.tokenizer("smollm2")
    let text = "a<|im_start|>b<|im_start|>c"
    let (tokens, separator) = tokenizer.encode(text, separator: "<|im_start|>")
    #expect(separator == tokens.lastIndex(of: 0))
  }

  @Test func `Tokens that the post-processor adds are counted`() throws {
    let tokenizer = try Fixtures.tokenizer("llama2")
    #expect(tokenizer.encode("ab cd").first == 1)
    #expect(tokenizer.encode("ab cd", separator: "ab").separator == 1)
    // Text that begins with the token that is also added.
    let twice = tokenizer.encode("<s>ab", separator: "<s>")
    #expect(twice.tokens.starts(with: [1, 1]))
    #expect(twice.separator == 1)
  }

  @Test(arguments: ["z", "", "é", "a longer text than the other"]) func `What is not there has no place`(
    part: String
  ) throws {
    let tokenizer = try Fixtures.tokenizer("gpt2")
    #expect(tokenizer.encode("abc e\u{301}", separator: part).separator == nil)
    #expect(tokenizer.encode("", separator: part).separator == nil)
  }
}
