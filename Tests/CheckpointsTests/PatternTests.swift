import StrictJSON
import Testing

@testable import Checkpoints

/// Python's `re` on the subset that adapters use. The expectations are those of `re.fullmatch`.
struct PatternTests {
  private let reader = JSONReader(file: "adapter_config.json", object: JSONObject())

  private func pattern(_ text: String) throws -> ModulePattern { try ModulePattern(text, reader, "target_modules") }

  @Test(arguments: [
    ("q_proj", "q_proj", true), ("q_proj", "x.q_proj", false), (".*q_proj", "x.q_proj", true), ("", "", true),
    ("", "a", false), (#".*\.(q|v)_proj"#, "model.layers.0.self_attn.v_proj", true),
    (#".*\.(q|v)_proj"#, "model.layers.0.self_attn.k_proj", false), (#"model\.layers\.\d+\.x"#, "model.layers.12.x", true),
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
  ])
  func fullMatch(text: String, module: String, isMatch: Bool) throws {
    #expect(try pattern(text).matches(module) == isMatch)
  }

  /// `re.match("(.*\.)?(KEY)$", module)`
  @Test(arguments: [
    ("q_proj", "model.q_proj", true), ("q_proj", "q_proj", true), ("proj", "q_proj", false),
    (#"^model\.layers\.1\..*k_proj"#, "model.layers.1.self_attn.k_proj", true),
    (#"^layers\.1\..*k_proj"#, "model.layers.1.self_attn.k_proj", false), ("1.x", "layers.11.x", false),
    ("1.x", "layers.1.x", true), ("a|b", "x.b", true),
  ])
  func endMatch(text: String, module: String, isMatch: Bool) throws {
    #expect(try pattern(text).matchesEnd(of: module) == isMatch)
  }

  @Test(arguments: [
    ("(", "( without its )"), (")", ") without its ("), ("[a", "[ without its ]"), ("*a", "repetition of nothing"),
    ("a**", "repetition of a repetition"), ("a++", "possessive"), (#"(a)\1"#, "back-references"),
    ("(?P=n)", "back-references"), ("(?<=a)b", "lookbehind"), ("(?i)a", "flags"), ("(?>a)", "atomic"),
    ("a\\", "ends with a backslash"), (#"\p"#, #"escape \p"#), ("[z-a]", "runs backwards"), ("a{3,2}", "runs backwards"),
    ("a{9999}", "too large"), ("((a{99}){99}){99}", "too large"), ("((((){999}){999}){999}){999}", "too large"),
    (String(repeating: "(", count: 1000), "nested too deep"),
    (String(repeating: "(?=a)", count: 9), "too large"),
  ])
  func refusals(text: String, reason: String) {
    let error = #expect(throws: JSONMemberError.self) { try pattern(text) }
    #expect(error?.description.contains(reason) == true, "\(error?.description ?? "")")
    #expect(error?.description.hasPrefix("adapter_config.json: target_modules: the regular expression") == true)
  }

  /// Expressions on which backtracking matchers run for ever.
  @Test(.timeLimit(.minutes(1)), arguments: [
    "(a+)+b", "(a|a)*b", "(a*)*b", "((a*)*)*b", "(.*.*.*.*.*.*)*b", "(?=(a+)+b)a*", "(a?){500}a{500}b",
    "(?=.*(?=.*(?=.*(?=.*(?=.*(?=.*(?=.*b)))))))",
  ])
  func nothingHangs(text: String) throws {
    #expect(try !pattern(text).matches(String(repeating: "a", count: 200)))
  }
}
