import StrictJSON
import Testing

@testable import Checkpoints

/// How PEFT uses the patterns of an adapter.
struct PatternTests {
  private let reader = JSONReader(file: "adapter_config.json", object: JSONObject())

  /// `re.match("(.*\\.)?(KEY)$", module)`
  @Test(arguments: [
    ("q_proj", "model.q_proj", true), ("q_proj", "q_proj", true), ("proj", "q_proj", false),
    (#"^model\.layers\.1\..*k_proj"#, "model.layers.1.self_attn.k_proj", true),
    (#"^layers\.1\..*k_proj"#, "model.layers.1.self_attn.k_proj", false), ("1.x", "layers.11.x", false),
    ("1.x", "layers.1.x", true), ("a|b", "x.b", true),
  ])
  func endMatch(key: String, module: String, isMatch: Bool) throws {
    var patterns = ModulePattern.Reader(reader)
    #expect(try patterns.ending(key, "rank_pattern").matches(module) == isMatch)
  }

  @Test func aPatternThatIsNotSupportedIsRefusedByName() {
    var patterns = ModulePattern.Reader(reader)
    let error = #expect(throws: JSONMemberError.self) { try patterns.whole("(?i)q_proj", "target_modules") }
    #expect(
      error?.description == """
        adapter_config.json: target_modules: the regular expression "(?i)q_proj" is not supported: a group of the kind (?i) \
        at character 2; list the modules by name
        """)
  }

  /// Every pattern is bounded, and so are all of a file.
  @Test(.timeLimit(.minutes(1))) func aFileOfManySlowPatternsIsRefused() throws {
    var patterns = ModulePattern.Reader(reader)
    var kept: [ModulePattern] = []
    let error = #expect(throws: JSONMemberError.self) {
      for index in 0..<10_000 {
        kept.append(try patterns.ending("(?:(?=.{0,370}#).)*x\(index)", "rank_pattern"))
      }
    }
    #expect(error?.description.contains("is too long") == true)
    #expect(kept.count > 100)
    #expect(!kept.contains { $0.matches("model.layers.0.self_attn.q_proj") })
  }

  @Test func oneExpressionMayListAllModules() throws {
    var patterns = ModulePattern.Reader(reader)
    let modules = (0..<32).flatMap { layer in ["q", "k", "v", "o"].map { "model.layers.\(layer).self_attn.\($0)_proj" }
    }
    let pattern = try patterns.whole(modules.joined(separator: "|"), "target_modules")
    #expect(modules.allSatisfy(pattern.matches))
    #expect(!pattern.matches("model.layers.32.self_attn.q_proj"))
  }

  /// A rank for each module of a large model, as EVA writes them.
  @Test func aRankForEachModuleOfALargeModel() throws {
    var patterns = ModulePattern.Reader(reader)
    for layer in 0..<126 {
      for name in ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"] {
        for member in ["rank_pattern", "alpha_pattern"] {
          let pattern = try patterns.ending("model.layers.\(layer).self_attn.\(name)", member)
          #expect(pattern.matches("base.model.layers.\(layer).self_attn.\(name)"))
        }
      }
    }
  }
}
