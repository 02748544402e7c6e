import Testing

@testable import Tokenization

/// Where a separator's text begins among the tokens of a prompt.
@Suite struct PositionTests {
  /// The tokens from the separator on spell it, and those before it do not reach into it.
  @Test(arguments: Fixtures.kinds) func `The separator's first token is found`(kind: String) throws {
    let tokenizer = try Fixtures.tokenizer(kind)
    for text in ["the monad\nReview: yes", "Review: no, Review: yes", "Review:", "a  Review: b", "xReview:y"] {
      let tokens = tokenizer.encode(text)
      let index = try #require(tokenizer.position(ofLast: "Review:", in: text, tokens: tokens))
      let before = try #require(text.ranges(of: "Review:").last).lowerBound
      let plain = tokenizer.encode(text, addsSpecialTokens: false)
      let prefix = tokenizer.encode(String(text[..<before]), addsSpecialTokens: false)
      let added = try #require((0...tokens.count - plain.count).first { tokens[$0...].starts(with: plain) })
      #expect(index >= added && index <= added + prefix.count, "\(text)")
      #expect(Array(tokens[added..<index]) == Array(prefix.prefix(index - added)), "\(text)")
      #expect(index == added + prefix.count || tokens[index] != prefix[index - added], "\(text)")
    }
  }

  @Test func `A special token is found where it stands, the last one counts`() throws {
    let tokenizer = try Fixtures.tokenizer("smollm2")
    let text = "a<|im_start|>b<|im_start|>c"
    let tokens = tokenizer.encode(text)
    #expect(tokenizer.position(ofLast: "<|im_start|>", in: text, tokens: tokens) == tokens.lastIndex(of: 0))
  }

  @Test func `Tokens that the post-processor adds are counted`() throws {
    let tokenizer = try Fixtures.tokenizer("llama2")
    let tokens = tokenizer.encode("ab cd")
    #expect(tokens.first == 1)
    #expect(tokenizer.position(ofLast: "ab", in: "ab cd", tokens: tokens) == 1)
    // Text that begins with the token that is also added.
    let twice = tokenizer.encode("<s>ab")
    #expect(twice.starts(with: [1, 1]))
    #expect(tokenizer.position(ofLast: "<s>", in: "<s>ab", tokens: twice) == 1)
  }

  @Test(arguments: ["z", "", "é", "a longer text than the other"]) func `What is not there has no place`(
    part: String
  ) throws {
    let tokenizer = try Fixtures.tokenizer("gpt2")
    #expect(tokenizer.position(ofLast: part, in: "abc e\u{301}", tokens: tokenizer.encode("abc e\u{301}")) == nil)
    #expect(tokenizer.position(ofLast: part, in: "", tokens: []) == nil)
  }
}
