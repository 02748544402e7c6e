import Foundation
import Leibniz
import LeibnizTesting
import PairFixtures
import Testing

/// Padded prompts, and positions that do not count the tokens.
@Suite struct PositionTests {
  /// Losses in nats that transformers 5.24 and PEFT 0.21 give in float64 for the same line.
  private static let line = """
    {"id": "gap", "input_ids": [3, 36, 0, 0, 12, 38, 37, 29], "attention_mask": [1, 1, 0, 0, 1, 1, 1, 1], \
    "position_ids": [2, 3, 4, 5, 6, 7, 8, 40], "separator": 4}
    """

  /// The mean losses of the first prompt.
  private func losses(_ analysis: Analysis) throws -> (base: Double, adapted: Double) {
    let losses = try #require(analysis.loss)
    return (try #require(losses.base[0]), try #require(losses.adapted[0]))
  }

  @Test func `Learned positions are those of the line`() throws {
    let drawn = try #require(DrawnCase.named("gpt2-saved-positions"))
    try drawn.withWeights { folder in
      let prompts = folder.appending(path: "gap.jsonl")
      func analysis(_ line: String) throws -> Analysis {
        try Data(line.utf8).write(to: prompts)
        return try analyze(
          base: folder.appending(path: "base"), adapted: folder.appending(path: "adapted"), prompts: prompts,
          options: AnalysisOptions(computesLoss: true, verifiedPrompts: 1))
      }
      let gap = try analysis(Self.line)
      #expect(gap.verification?.passed == true && gap.prompts[0].tokens == 6 && gap.prompts[0].separator == 2)
      let (base, adapted) = try losses(gap)
      #expect(abs(base - 5.063799805) < 1e-5 && abs(adapted - 2.279261184) < 1e-5, "\(base) \(adapted)")
      let error = #expect(throws: AnalysisError.self) { try analysis(Self.line.replacing(" 40]", with: " 64]")) }
      #expect(error == .promptTooLong(prompt: "gap", tokens: 6, last: 64, positions: 64))
    }
  }

  @Test func `Rotary positions are those of the line, and an offset changes nothing`() throws {
    try withTinyPair { pair in
      func analysis(_ positions: String) throws -> Analysis {
        let line = """
          {"id": "p", "input_ids": [4, 9, 1, 7, 31, 2, 8], "attention_mask": [1, 1, 1, 1, 1, 1, 1], \
          "position_ids": \(positions), "separator": 4}
          """
        try Data(line.utf8).write(to: pair.prompts)
        return try analyze(
          base: pair.base, adapted: pair.adapter, prompts: pair.prompts,
          options: AnalysisOptions(computesLoss: true, parts: Set(AnalysisPart.allCases), verifiedPrompts: 1))
      }
      let plain = try analysis("[0, 1, 2, 3, 4, 5, 6]")
      let (offset, gap) = (try analysis("[50, 51, 52, 53, 54, 55, 56]"), try analysis("[0, 1, 2, 13, 14, 15, 60]"))
      for one in [plain, offset, gap] { #expect(one.verification?.passed == true) }
      let (a, b, c) = (try losses(plain), try losses(offset), try losses(gap))
      #expect(abs(a.adapted - b.adapted) < 1e-5 && abs(a.base - b.base) < 1e-5)
      #expect(abs(a.adapted - c.adapted) > 1e-4)
      let far = try analysis("[0, 1, 2, 3, 4, 5, 2147483646]")
      #expect(far.warnings.contains { $0.contains("has 2147483647 positions; the model was configured for 128") })
    }
  }

  @Test func `A gap under a window is refused`() throws {
    try withTinyPair { pair in
      let configuration = pair.base.appending(path: "config.json")
      var text = try String(contentsOf: configuration, encoding: .utf8)
      text = text.replacing("\"llama\"", with: "\"mistral\"").replacing("LlamaForCausalLM", with: "MistralForCausalLM")
      text.replace("{", with: "{\"sliding_window\": 4,", maxReplacements: 1)
      try Data(text.utf8).write(to: configuration)
      func run(_ positions: String) throws -> Analysis {
        let line = """
          {"id": "p", "input_ids": [4, 9, 1, 7], "attention_mask": [1, 1, 1, 1], "position_ids": \(positions), "separator": 1}
          """
        try Data(line.utf8).write(to: pair.prompts)
        return try analyze(base: pair.base, adapted: pair.adapter, prompts: pair.prompts)
      }
      let error = #expect(throws: AnalysisError.self) { try run("[0, 1, 2, 9]") }
      #expect(error == .gapUnderWindow(prompt: "p", window: 4))
      #expect(try run("[5, 6, 7, 8]").prompts.count == 1)
    }
  }

  /// Several prompts in a batch, some with positions of their own.
  @Test func `A padded file gives the report of the plain one`() throws {
    try withTinyPair { pair in
      let plain = try pair.analysis()
      let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n")
      for (left, right) in [(3, 0), (0, 5), (2, 2)] {
        let padded = try lines.map { try Self.padded($0, left: left, right: right) }
        try Data(padded.joined(separator: "\n").utf8).write(to: pair.prompts)
        #expect(try pair.analysis() == plain)
      }
    }
  }

  private static func padded(_ line: Substring, left: Int, right: Int) throws -> String {
    var object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    let ids = try #require(object["input_ids"] as? [Int])
    object["input_ids"] = Array(repeating: 0, count: left) + ids + Array(repeating: 0, count: right)
    object["attention_mask"] =
      Array(repeating: 0, count: left) + ids.map { _ in 1 } + Array(repeating: 0, count: right)
    object["separator"] = try #require(object["separator"] as? Int) + left
    return String(decoding: try JSONSerialization.data(withJSONObject: object), as: UTF8.self)
  }
}
