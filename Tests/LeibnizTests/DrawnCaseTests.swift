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

  /// A model that also sees, its text half as a family of its own and the member that names that.
  struct Outer: Sendable, CustomStringConvertible {
    var type: String
    var text: String
    var drawn: String
    /// Members in which the text half's class has other defaults.
    var members = ""
    var description: String { type }
  }

  /// A multimodal model holds a known model under a longer prefix, old or new.
  @Test(
    arguments: [
      Outer(type: "gemma3", text: "gemma3_text", drawn: "gemma3-alora"),
      Outer(type: "mistral3", text: "mistral", drawn: "mistral-olora"),
      Outer(type: "mistral3", text: "ministral3", drawn: "ministral3-dora"),
      Outer(type: "qwen3_vl", text: "qwen3_vl_text", drawn: "qwen3-lora-bias", members: ", \"rope_theta\": 10000.0"),
      Outer(
        type: "qwen2_5_vl", text: "qwen2_5_vl_text", drawn: "qwen2-pissa",
        members:
          ", \"rope_scaling\": {\"type\": \"mrope\", \"mrope_section\": [2, 1, 1]}, \"rope_theta\": 10000.0, \"rms_norm_eps\": 1e-6"
      ),
    ], ["language_model.model.", "model.language_model.", "model."])
  func `A text half is a family of its own`(_ outer: Outer, prefix: String) throws {
    let drawn = try #require(DrawnCase.named(outer.drawn))
    let rename = { (name: String) in
      let isAdapter = name.hasPrefix("base_model.model.")
      let start = isAdapter ? "base_model.model." : ""
      guard name.hasPrefix(start + "model.") else { return name }
      // An adapter may have a prefix that the files of weights lack.
      let own = isAdapter && prefix == "model." ? "model.language_model." : prefix
      return start + own + name.dropFirst(start.count + "model.".count)
    }
    try drawn.withWeights(renaming: rename) { folder in
      let file = folder.appending(path: "base/config.json")
      let text = try String(contentsOf: file, encoding: .utf8)
        .replacing(/"model_type": "[a-z0-9_]*"/, with: "\"model_type\": \"\(outer.text)\"\(outer.members)")
      let isTied = text.contains(/"tie_word_embeddings": true/)
      let tie = outer.type == "gemma3" ? "" : ", \"tie_word_embeddings\": \(isTied)"
      try Data("{\"model_type\": \"\(outer.type)\"\(tie), \"vision_config\": {}, \"text_config\": \(text)}".utf8)
        .write(to: file)
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
      "apertus", "arcee", "cohere", "cohere2", "ernie4_5", "exaone4", "gemma", "gemma2", "gemma3_text",
      "gemma4_text", "glm", "glm4",
      "gpt2",
      "gpt_neox", "gptj", "granite", "hunyuan_v1_dense", "lfm2", "llama", "ministral3", "mistral", "nemotron", "olmo",
      "olmo2",
      "olmo3",
      "phi", "phi3", "qwen2", "qwen3", "qwen3_5_text", "seed_oss", "smollm3", "stablelm", "starcoder2",
    ]
    #expect(Set(families) == expected)
  }
}
