import Testing

@testable import RegularExpressions

/// Matches of an adapter's expressions; the expected ones are those of Python's `re`.
@Suite struct PythonTests {
  private func expression(_ pattern: String) throws -> RegularExpression {
    var allowance = 10_000
    return try RegularExpression(pattern, .python, allowance: &allowance)
  }

  @Test(arguments: [
    ("q_proj", "q_proj", true), ("q_proj", "x.q_proj", false), (".*q_proj", "x.q_proj", true), ("", "", true),
    ("", "a", false), (#".*\.(q|v)_proj"#, "model.layers.0.self_attn.v_proj", true),
    (#".*\.(q|v)_proj"#, "model.layers.0.self_attn.k_proj", false),
    (#"model\.layers\.\d+\.x"#, "model.layers.12.x", true),
    (#"model\.layers\.\d+\.x"#, "model_layers.12.x", false), (#"layers\.[0-3]\.x"#, "layers.3.x", true),
    (#"layers\.[0-3]\.x"#, "layers.4.x", false), (#"[^.]+\.x"#, "abc.x", true), (#"[^.]+\.x"#, "a.c.x", false),
    (#"a{2}"#, "aa", true), (#"a{2}"#, "a", false), (#"a{1,}"#, "aaaa", true), (#"a{,2}"#, "aaa", false),
    (#"a{2,3}"#, "aaa", true), (#"a{2,3}"#, "aaaa", false), ("a{x}", "a{x}", true), ("a{}", "a{}", true),
    (#"a.*?b"#, "axxb", true), (#"(?:ab)+"#, "abab", true), (#"(?P<n>ab)?c"#, "c", true), (#"a|b|"#, "", true),
    (#"(a|b)*c"#, "ababc", true), (#"\w+\s\W"#, "ab_1 -", true), (#"\D\S"#, "a1", true), (#"[\d\-_]+"#, "1-_", true),
    (#"[]a]+"#, "]a", true), (#"[a-]+"#, "-a", true), (#"^a$"#, "a", true), (#"a^b"#, "ab", false),
    (#"(?:\bmodel\.layers\.[\d]{1,}\.(?:attn|mlp)\.(?:(?:q_proj|up_proj)))"#, "model.layers.10.mlp.up_proj", true),
    (#".*\bproj\b"#, "q.proj", true), (#".*\bproj"#, "qproj", false), (#".*\Bproj"#, "qproj", true),
    (#"^(?!.*vision).*proj$"#, "model.q_proj", true), (#"^(?!.*vision).*proj$"#, "vision.q_proj", false),
    (#"model(?=\.).*"#, "model.x", true), (#"model(?=\.).*"#, "modelx", false), ("é", "é", true), (".", "\n", false),
    (#"\Aab\Z"#, "ab", true), ("a$", "a\n", false), (#"(a|ab)(c|bcd)"#, "abcd", true), ("a{,}", "aaa", true),
    ("(a{1,2}?)+", "aaa", true), ("a++a", "aa", false), ("a{1,2}+b", "aab", true), ("[a&&b[]+", "a&b[", true),
    (#"\w+"#, "e\u{301}", false), (#"\w+"#, "é²Ⅷ_", true), (#"\s"#, "\u{1F}", true),
    (#".*\bé"#, "a é", true), (#"\x41\u0042"#, "AB", true),
  ])
  func `re.fullmatch`(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try expression(pattern).matchesWhole(text) == isMatch)
  }

  @Test(arguments: [
    ("a", "ab", true), ("a", "ba", false), ("a$", "a\n", true), (#"a\Z"#, "a\n", false), ("b|", "a", true),
    ("(?=b)", "a", false), ("a*b", "aab!", true),
  ])
  func `re.match`(pattern: String, text: String, isMatch: Bool) throws {
    #expect(try expression(pattern).matchesStart(of: text) == isMatch)
  }

  @Test(arguments: [
    ("(", "a ) is missing"), (")", "an unmatched )"), ("[a", "a ] is missing"), ("*a", "quantifier of nothing"),
    ("a**", "repetition of a repetition"), (#"(a)\1"#, #"escape \1"#), ("(?P=n)", "kind (?P="),
    ("(?P<n", "a name without its end"), ("(?<=a)b", "kind (?<="), ("(?i)a", "kind (?i)"), ("(?>a)", "kind (?>a"),
    ("a\\", "ends with \\"), (#"\p{L}"#, #"escape \p"#), ("[z-a]", "ends before it begins"),
    ("a{3,2}", "ends before it begins"), ("a{9999}", "more than 1000"), ("(a*)*", "may be empty"),
    ("(?=a)*", "quantifier of an assertion"), ("((a{99}){99}){99}", "too long"),
    ("((((a){999}){999}){999}){999}", "too long"), (String(repeating: "(", count: 1000), "deeper than"),
  ])
  func `The rest is refused by name`(pattern: String, reason: String) {
    let error = #expect(throws: RegularExpressionError.self) { try expression(pattern) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
  }
}
