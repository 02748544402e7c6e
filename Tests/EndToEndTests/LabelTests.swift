import Foundation
import LeibnizTesting
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Reporting
@testable import Subjects

/// Which tokens are judged, wherever a loss, a gain, an agreement or a benefit is counted.
@Suite struct LabelTests {
  /// Writes lines like those of the pair, with a member more.
  private func write(_ pair: TinyPair, _ members: (Int, [Int], Int) -> String) throws {
    let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n").enumerated().map {
      index, text in
      let line = try JSONDecoder().decode(TinyPair.Line.self, from: Data(text.utf8))
      let own = members(index, line.tokens, line.separator)
      return "{\"id\": \"\(line.id)\", \"input_ids\": \(line.tokens), \"separator\": \(line.separator)\(own)}"
    }
    try Data(lines.joined(separator: "\n").utf8).write(to: pair.prompts)
  }

  /// A loss mask by what of a token is asked.
  private func mask(_ tokens: [Int], _ isJudged: (Int) -> Bool) -> String {
    ", \"loss_mask\": \(tokens.indices.map { isJudged($0) ? 1 : 0 })"
  }

  @Test func `Labels of what stands behind the separator are what the separator says`() throws {
    try withTinyPair { pair in
      let (plain, ablated) = (try pair.analysis(), try pair.ablation([Intervention(dropping: Part.scores)]))
      try write(pair) { _, tokens, separator in
        let labels = tokens.indices.map { $0 > separator ? tokens[$0] : -100 }
        return ", \"labels\": \(labels)"
      }
      let labelled = try pair.analysis()
      #expect(labelled.loss == plain.loss && labelled.promptsFingerprint != plain.promptsFingerprint)
      #expect(zip(labelled.prompts, plain.prompts).allSatisfy { $0.judged == $1.tokens - ($1.separator ?? 0) - 1 })
      #expect(plain.prompts.allSatisfy { $0.judged == nil })
      let again = try pair.ablation([Intervention(dropping: Part.scores)])
      #expect(again.knockouts == ablated.knockouts && again.overview == ablated.overview)
      #expect(try Analysis(json: AnalysisJSON.bytes(labelled), file: "a") == labelled)
      #expect(try Ablation(json: AblationJSON.bytes(again), file: "a") == again)
    }
  }

  /// A report, its page and an ablation of the same prompts say the same losses, to the digit: means over tokens.
  @Test func `Report and ablation weigh losses alike`() throws {
    try withTinyPair { pair in
      try write(pair) { index, tokens, _ in mask(tokens) { $0 > 0 && $0 <= (index == 0 ? tokens.count : 1) } }
      let analysis = try pair.analysis()
      let ablation = try pair.ablation([Intervention(dropping: Part.scores)])
      let loss = try #require(analysis.loss)
      let (mean, pooled) = (try #require(loss.mean), try #require(ablation.knockouts[0].pooled))
      #expect(loss.tokens == analysis.prompts.map { $0.judged ?? 0 })
      #expect(abs(mean.base - pooled.base) < 1e-6 && abs(mean.adapted - pooled.adapted) < 1e-6)
      let byPrompt = loss.pairs.compactMap(\.self).reduce(0) { $0 + $1.base } / Double(loss.pairs.count)
      #expect(abs(mean.base - byPrompt) > 1e-4, "prompts of different lengths, or else this shows nothing")
      let numbers = (Numbers.size(pooled.base), Numbers.size(pooled.adapted))
      let answer = Answer(analysis).matter.plain
      #expect(answer.contains("base \(numbers.0), adapted \(numbers.1) nats"), "\(answer)")
      #expect(AblationReport(ablation).text.contains("loss \(numbers.0) → \(numbers.1) nats"))
    }
  }

  /// The loss of single tokens, each labelled alone, by hand to the mean of those that are labelled together.
  @Test func `The loss of several tokens is the mean of each alone`() throws {
    try withTinyPair { pair in
      let original = try Data(contentsOf: pair.prompts)
      let chosen = [1, 2, 5]
      func losses(_ judged: [Int]) throws -> [(base: Double, adapted: Double)] {
        try original.write(to: pair.prompts)
        try write(pair) { _, tokens, _ in mask(tokens) { judged.contains($0) } }
        return try #require(pair.analysis().loss).pairs.map { try #require($0) }
      }
      let (all, single) = (try losses(chosen), try chosen.map { try losses([$0]) })
      for prompt in all.indices {
        let mean = single.reduce(0) { $0 + $1[prompt].adapted } / 3
        #expect(abs(all[prompt].adapted - mean) < 1e-12 && single[0][prompt].base != single[1][prompt].base)
      }
    }
  }

  @Test(arguments: [false, true]) func `Plain runs judge the same tokens`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      try write(pair) { index, tokens, separator in
        switch index {
        case 0: mask(tokens) { $0 == 0 || $0 % 3 == 2 }
        case 1: mask(tokens) { $0 == tokens.count - 1 }
        case 2: mask(tokens) { _ in false }
        case 3: mask(tokens) { $0 == 0 }
        case 4: mask(tokens) { $0 < separator }
        default: ""
        }
      }
      let analysis = try pair.analysis { $0.verifiedPrompts = 6 }
      #expect(analysis.verification?.passed == true)
      #expect(analysis.verification?.worst.contains { $0.statistic == "loss.adapted" } == true)
      let loss = try #require(analysis.loss)
      #expect(loss.adapted.map { $0 == nil } == [false, false, true, true, false, false])
      #expect(analysis.prompts[1].judged == 1 && analysis.prompts[2].judged == 0 && analysis.prompts[5].judged == nil)
      #expect(analysis.warnings.contains { $0.contains("In 2 of 6 prompts nothing is judged") && $0.contains("is p2") })
      let ablation = try pair.ablation([Intervention(dropping: [.KtdQ]), .twoViews]) {
        $0.verifiedPrompts = 6
        $0.lossRegion = "before"
      }
      #expect(ablation.verification?.passed == true)
      let outcomes = ablation.knockouts[0].prompts
      #expect(outcomes.map { $0?.tokens ?? 0 }.prefix(5) == analysis.prompts.map { $0.judged ?? 0 }.prefix(5))
      #expect(ablation.warnings.contains { $0.contains("5 of 6 prompts label the tokens that count") })
      for case (let outcome?, let base?) in zip(outcomes, loss.base).prefix(5) {
        #expect(abs(outcome.base - base) < 1e-5)
      }
    }
  }

  @Test func `Prompts without a separator have losses by their labels`() throws {
    try withTinyPair { pair in
      let line = """
        {"id": "p", "input_ids": [1, 2, 3, 4], "regions": [{"name": "a", "start": 0, "end": 4}], "labels": [-100, -100, 3, 4]}
        """
      try Data(line.utf8).write(to: pair.prompts)
      #expect(try pair.analysis().loss?.adapted[0] != nil)
      let ablation = try pair.ablation([Intervention(dropping: Part.scores)])
      #expect(ablation.knockouts[0].prompts[0]?.tokens == 2)
      try Data(line.replacing("3, 4]}", with: "-100, -100]}").utf8).write(to: pair.prompts)
      let error = #expect(throws: InterventionError.self) {
        try pair.ablation([Intervention(dropping: Part.scores)])
      }
      #expect(error == .noPredictions(region: nil))
    }
  }

  @Test func `Reports say whose tokens they judge, and shards and random changes judge the same`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let root = pair.base.deletingLastPathComponent()
      try write(pair) { _, tokens, _ in mask(tokens) { $0 % 2 == 1 } }
      let count = try pair.analysis().prompts.reduce(0) { $0 + ($1.judged ?? 0) }
      let common = ["--prompts", pair.prompts.path, "--batch-tokens", "30", "--output"]
      let models = [pair.base.path, pair.adapter.path]
      let options = ["--loss", "--null", "2", "--verify"]
      #expect(try tool.run(["analyze"] + models + common + [root.appending(path: "whole").path] + options).status == 0)
      for shard in 1...2 {
        let part = root.appending(path: "part-\(shard)").path
        #expect(try tool.run(["analyze"] + models + common + [part, "--shard", "\(shard)/2"] + options).status == 0)
      }
      let merged = try tool.run([
        "merge", root.appending(path: "part-1").path, root.appending(path: "part-2").path, "--output",
        root.appending(path: "merged").path,
      ])
      #expect(merged.status == 0, "\(merged.errors)")
      let (whole, both) = (
        try contents(of: root.appending(path: "whole")), try contents(of: root.appending(path: "merged"))
      )
      #expect(whole["analysis.json"] == both["analysis.json"] && whole["report.md"] == both["report.md"])
      let report = String(decoding: try #require(whole["report.md"]), as: UTF8.self)
      #expect(report.contains("over \(count) tokens that the prompts label, of "), "\(report)")
      let ablation = root.appending(path: "ablation")
      let ablated = try tool.run(["ablate"] + models + common + [ablation.path, "--drop", "scores"])
      #expect(ablated.status == 0, "\(ablated.errors)")
      let text = try String(contentsOf: ablation.appending(path: "interventions.md"), encoding: .utf8)
      #expect(text.contains("\(count) tokens that the prompts label"))
      #expect(try tool.run(["page", root.appending(path: "whole").path, ablation.path]).status == 0)
      let page = try String(contentsOf: root.appending(path: "whole/report.html"), encoding: .utf8)
      #expect(page.contains("\(count) tokens that the prompts label"))
    }
  }
}
