import Testing

@testable import Tokenization

/// How pre-tokenizers cut; expected pieces are the library's.
@Suite struct SplittingTests {
  private static let alphabet = "abc12 .,!▁\n'"

  /// The text with | between pieces; what was removed is left out.
  private func cut(_ preTokenizer: String, _ text: String) throws -> String {
    let scalars = Array(Self.alphabet.unicodeScalars)
    let ids = try Fixtures.splitter(alphabet: Self.alphabet, preTokenizer: preTokenizer).encode(text)
    return ids.map { ($0 < 1000 ? "|" : "") + String(scalars[$0 % 1000]) }.joined()
  }

  @Test(arguments: [
    ("Isolated", "|a|.|.|b|.|c"), ("Removed", "|a|b|c"), ("MergedWithPrevious", "|a.|.|b.|c"),
    ("MergedWithNext", "|a|.|.b|.c"), ("Contiguous", "|a|..|b|.|c"),
  ])
  func behaviors(behavior: String, expected: String) throws {
    #expect(try cut(#"{"type": "Punctuation", "behavior": "\#(behavior)"}"#, "a..b.c") == expected)
    let split = #"{"type": "Split", "pattern": {"String": "."}, "behavior": "\#(behavior)", "invert": false}"#
    #expect(try cut(split, "a..b.c") == expected)
  }

  @Test(arguments: [
    (#"{"type": "Whitespace"}"#, "ab .,! 1a\n", "|ab|.,!|1a"),
    (#"{"type": "WhitespaceSplit"}"#, "ab .,! 1a\n", "|ab|.,!|1a"),
    (#"{"type": "Digits", "individual_digits": true}"#, "a12b", "|a|1|2|b"),
    (#"{"type": "Digits", "individual_digits": false}"#, "a12b", "|a|12|b"),
    (#"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "always"}"#, "a b", "|▁a|▁b"),
    (#"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "never", "split": false}"#, "a b", "|a▁b"),
    (#"{"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first"}"#, " a  b", "|▁a|▁|▁b"),
    (
      #"{"type": "Split", "pattern": {"Regex": "[ab]+"}, "behavior": "Removed", "invert": true}"#, "ab1ba.",
      "|ab|ba"
    ),
    (
      #"{"type": "Sequence", "pretokenizers": [{"type": "WhitespaceSplit"}, {"type": "Punctuation"}]}"#,
      "a,b c!",
      "|a|,|b|c|!"
    ),
  ])
  func kinds(preTokenizer: String, text: String, expected: String) throws {
    #expect(try cut(preTokenizer, text) == expected)
  }
}
