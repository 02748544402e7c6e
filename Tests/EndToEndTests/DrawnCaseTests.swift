import Foundation
import Leibniz
import OracleFixtures
import StrictJSON
import Testing

/// Families crossed with adapter keys, against transformers and PEFT in double precision.
@Suite struct DrawnCaseTests {
  /// As for the oracle cases.
  private static let tolerance = 2e-5

  @Test(arguments: DrawnCase.all) func `An analysis agrees with the library`(_ drawn: DrawnCase) throws {
    try drawn.withWeights { folder in
      let worst = try compare(folder)
      if ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil { print("worst of \(drawn): \(worst)") }
    }
  }

  /// A multimodal Gemma 3 holds the same model under a longer prefix, old or new.
  @Test(arguments: ["language_model.model.", "model.language_model."])
  func `The text half of gemma3 is gemma3_text`(prefix: String) throws {
    let drawn = try #require(DrawnCase.named("gemma3-alora"))
    let rename = { (name: String) in
      let outer = name.hasPrefix("base_model.model.") ? "base_model.model." : ""
      return outer + prefix + name.dropFirst(outer.count + "model.".count)
    }
    try drawn.withWeights(renaming: rename) { folder in
      let file = folder.appending(path: "base/config.json")
      let text = try String(contentsOf: file, encoding: .utf8)
      try Data("{\"model_type\": \"gemma3\", \"vision_config\": {}, \"text_config\": \(text)}".utf8).write(to: file)
      try compare(folder)
    }
  }

  /// Holds the analysis of a folder to its reference values; the largest error and where it stands.
  @discardableResult private func compare(_ folder: URL) throws -> (error: Double, at: String) {
    let analysis = try analyze(
      base: folder.appending(path: "base"), adapted: folder.appending(path: "adapted"),
      prompts: folder.appending(path: "prompts.jsonl"),
      options: AnalysisOptions(threads: 2, computesLoss: true, verifiedPrompts: 1))
    var comparison = ReferenceComparison(tolerance: Self.tolerance)
    let expected = try Data(contentsOf: folder.appending(path: "expected.json"))
    try comparison.compare(analysis, with: JSONReader(file: "expected.json", bytes: Array(expected)))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    #expect(analysis.verification?.passed == true)
    return comparison.worst
  }

  /// Each family of README's table that has no case in fixtures/oracle has one here.
  @Test func `No family is without a case`() throws {
    let families = try DrawnCase.all.map { drawn in
      let config = try Data(contentsOf: drawn.folder.appending(path: "base/config.json"))
      return try JSONReader(file: "config.json", bytes: Array(config)).string("model_type")
    }
    let expected: Set = [
      "cohere", "gemma2", "gemma3_text", "gpt2", "gpt_neox", "granite", "llama", "mistral", "olmo2", "olmo3", "phi3",
      "qwen2", "qwen3", "smollm3", "stablelm", "starcoder2",
    ]
    #expect(Set(families) == expected)
  }
}
