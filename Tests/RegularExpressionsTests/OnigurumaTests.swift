import Testing

@testable import RegularExpressions

/// Matches of a tokenizer's expressions; the expected ones are Oniguruma's.
@Suite struct OnigurumaTests {
  private func expression(_ pattern: String) throws -> RegularExpression {
    var allowance = 10_000
    return try RegularExpression(pattern, .oniguruma, allowance: &allowance)
  }

  private func matches(_ pattern: String, _ text: String) throws -> [String] {
    let scalars = Array(text.unicodeScalars)
    return try expression(pattern).matches(in: scalars[...]).map {
      String(String.UnicodeScalarView(scalars[$0]))
    }
  }

  @Test(
    arguments: [
      ("a{1,2}+", "aaaaab", ["aaaaa"]),
      ("a{,2}", "aaab", ["aa", "a", ""]),
      ("x{a}", "x{a}", ["x{a}"]),
      ("a++a", "aaa", []),
      ("a?+a", "a", []),
      ("a*?b", "aab", ["aab"]),
      ("(?:ab|a)(?:c|bcd)", "abcd", ["abc"]),
      ("(?>ab|a)bcd", "abcd", []),
      ("\\s+(?!\\S)|\\s+", "a   b  ", ["  ", " ", "  "]),
      ("(?i:'s|'T)", "'S 'ſ 't 'x", ["'S", "'ſ", "'t"]),
      ("[^\\S\\r\\n]+", "a \n \tb", [" ", " \t"]),
      ("[\\p{L}&&[^a-c]]+", "abcdef", ["def"]),
      ("[\\w]+", "a²\u{200D}b", ["a", "b"]),
      ("\\w+", "a²\u{200D}b", ["a²", "b"]),
      ("\\d{1,3}(?=(?:\\d{3})*\\b)", "12345678", ["12", "345", "678"]),
      ("[a-]", "a-b", ["a", "-"]),
      ("\\p{Ll}\\p{^L}\\P{L}", "\u{295}11", ["\u{295}11"]),
      (".", "a\n", ["a"]),
      ("", "ab", ["", "", ""]),
      ("(?i:'(?:s|ll)x?)", "'LL's", ["'LL", "'s"]),
      ("\\x41\\u00e9\\x{e9}", "Aéé", ["Aéé"]),
    ] as [(String, String, [String])])
  func matchesAreOnigurumas(pattern: String, text: String, expected: [String]) throws {
    #expect(try matches(pattern, text) == expected)
  }

  /// A character of Unicode 17 is not assigned in Oniguruma's Unicode 16, one of Unicode 16 is.
  @Test func propertiesAreThoseOfUnicode16() throws {
    #expect(try matches("\\p{L}", "\u{A7CE}\u{A7CB}") == ["\u{A7CB}"])
    #expect(try matches("\\p{Cn}", "\u{A7CE}\u{A7CB}") == ["\u{A7CE}"])
  }

  @Test(arguments: [
    ("^a", "anchor"), ("(?<=a)b", "(?<"), ("(a)\\1", "\\1"), ("\\p{Han}", "\\p{Han}"),
    ("(?i:ß)", "beyond ASCII"), ("(?i:[a[^b]])", "class in a class"),
    ("(?i:[\\w]1)", "class in a class"), ("(?i:s(?:s))", "one-letter form"), ("(?i:(?:s)t)", "one-letter form"),
    ("(?i:(?:s)(?:t))", "one-letter form"), ("(?i:s\\x73)", "escape of a character"), ("\\xc3", "escape of a byte"),
    ("[\\xc3\\xa9]", "escape of a byte"), ("[%-&&a]", "- before &&"),
    ("(?i:ss)", "one-letter form"), ("(a*)*", "may be empty"), ("(?:a+b)*+", "possessive"),
    ("(?>a+b)", "atomic"),
    ("[[:alpha:]]", "[:name:]"), ("a{2}?", "{n}?"), ("a{9999}", "more than 1000"), ("a{3,1}", "interval"),
    ("((((a{1000}){1000}){1000}){1000})", "too long"), ("(", "missing"), (")", "unmatched"),
    ("[a", "missing"),
    ("\\", "ends with"), ("*", "quantifier of nothing"), ("[b-a]", "ends before"),
    ("\\x{110000}", "no character"),
    (String(repeating: "(", count: 1000), "deeper than"),
    (String(repeating: "[", count: 1000), "deeper than"),
  ])
  func theRestIsRefusedByName(pattern: String, reason: String) {
    let error = #expect(throws: RegularExpressionError.self) { try expression(pattern) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
