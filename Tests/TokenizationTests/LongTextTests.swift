import Foundation
import Testing

@testable import Tokenization

/// Long words and runs take n·log n, not n².
@Suite(.timeLimit(.minutes(2))) struct LongTextTests {
  /// The byte-level ids give the text back, however long it is.
  @Test(arguments: ["a", " ", "\n", " \n", "7", "\u{301}", "漢", "👨‍👩‍👧", "<|im_end|>", "<|im_en", "'s"])
  func aHundredKilobytesOfOneThing(unit: String) throws {
    let tokenizer = try Fixtures.tokenizer("o200k")
    let text = String(repeating: unit, count: 100_000 / unit.utf8.count)
    let bytes = Dictionary(uniqueKeysWithValues: ByteAlphabet.characters.enumerated().map { ($1, UInt8($0)) })
    let ids = tokenizer.encode(text)
    let decoded = tokenizer.tokens(of: ids).joined().unicodeScalars.compactMap { bytes[$0] }
    #expect(decoded == Array(text.utf8))
  }

  /// Without a pre-tokenizer a whole prompt is one word.
  @Test func aPromptThatIsOneWord() throws {
    let tokenizer = try Fixtures.tokenizer("llama2")
    let text = String(repeating: "the monad ", count: 10_000)
    let short = tokenizer.encode(String(repeating: "the monad ", count: 20), addsSpecialTokens: false)
    let long = tokenizer.encode(text, addsSpecialTokens: false)
    #expect(long.count > short.count * 400)
    #expect(tokenizer.tokens(of: long).joined().replacing("▁", with: " ") == " " + text)
  }

  @Test func manyMarksOutOfOrder() throws {
    let marks = (0..<50_000).map { $0 % 2 == 0 ? "\u{301}" : "\u{327}" }.joined()
    let tokenizer = try Fixtures.tokenizer("qwen2")
    let sorted = String(repeating: "\u{327}", count: 25_000) + String(repeating: "\u{301}", count: 25_000)
    #expect(tokenizer.encode("x" + marks) == tokenizer.encode("x" + sorted))
  }
}
