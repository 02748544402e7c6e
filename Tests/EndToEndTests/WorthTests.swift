import Foundation
import LeibnizTesting
import PairFixtures
import Testing

@testable import Analyses
@testable import Architectures
@testable import Checkpoints
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// What parts of a change are worth.
@Suite struct WorthTests {
  @Test func `Values sum to what leaving all parts out costs, of every prompt and pooled`() throws {
    try withTinyPair { pair in
      let ablation = try pair.ablation([]) { $0.worths = WorthKind.allCases.map { Worth(of: $0) } }
      #expect(ablation.worths.map(\.kind) == WorthKind.allCases)
      #expect(
        ablation.worths.map { $0.parts.map(\.name) } == [
          ["dKtQ", "KtdQ", "dKtdQ"], ["own", "inherited", "joint"], ["dPV", "PdV", "dPdV"],
          ["scores", "changed values"],
        ])
      for worth in ablation.worths {
        let (all, whole) = (try #require(worth.all.pooled), try #require(worth.whole.loss))
        #expect(abs(whole - (all.knockout - all.adapted)) < 1e-12)
        #expect(worth.whole.benefitLost == worth.all.benefitLost)
        #expect(abs(worth.parts.reduce(0) { $0 + ($1.worth.loss ?? .nan) } - whole) < 1e-12, "\(worth.kind)")
        for index in ablation.prompts.indices {
          let outcome = try #require(worth.all.prompts[index])
          let sum = worth.parts.reduce(0) { $0 + ($1.worth.prompts[index]?.loss ?? .nan) }
          #expect(abs(sum - (outcome.knockout - outcome.adapted)) < 1e-12)
          let benefit = outcome.base - outcome.adapted
          let own = worth.parts[0].worth.prompts[index]
          #expect(own?.benefitLost == (benefit > 0 ? own.map { $0.loss / benefit } : nil))
        }
        for cost in worth.parts.map(\.worth) + [worth.whole] {
          let interval = try #require(cost.lossInterval)
          #expect(interval.contains(try #require(cost.loss)) && interval.lowerBound < interval.upperBound)
        }
      }
      // Base and adapted model are the same runs whatever is left out, and what is the same run has the same numbers.
      let terms = ablation.worths[0]
      for (alone, standard) in zip(terms.parts.indices.map(terms.alone), ablation.overview.suffix(3)) {
        #expect(alone.prompts == standard.prompts)
      }
      let paths = try pair.ablation([]) { $0.worths = [Worth(of: .paths)] }.worths[0]
      for (own, other) in zip(ablation.worths[3].sets, paths.sets) {
        #expect(own.name == other.name && abs((own.pooled?.knockout ?? 0) - (other.pooled?.knockout ?? 1)) <= 1e-6)
      }
    }
  }

  @Test func `What is structurally zero is worth exactly nothing, and the rest its own knock-out`() throws {
    try withTinyPair(masked: true) { pair in
      let lookups = Worth(
        of: .terms, from: "after", to: "before", layers: [0, 2],
        heads: [.init(layer: 0, head: 1), .init(layer: 2, head: 3)])
      let worth = try pair.ablation([]) { $0.worths = [lookups] }.worths[0]
      for part in [0, 2] {
        #expect(worth.parts[part].worth.prompts.allSatisfy { $0?.loss == 0 } && worth.parts[part].worth.loss == 0)
      }
      #expect(worth.alone(1).prompts == worth.all.prompts)
      #expect(try #require(worth.whole.loss) != 0)
      for (found, outcome) in zip(worth.parts[1].worth.prompts, worth.alone(1).prompts) {
        let (found, outcome) = (try #require(found), try #require(outcome))
        #expect(abs(found.loss - (outcome.knockout - outcome.adapted)) < 1e-15)
      }
      #expect(worth.layers == [0, 2] && worth.query == "after" && worth.heads?.count == 2)
    }
  }

  @Test func `A norm on queries and keys is a part of its own`() throws {
    func names(_ description: ModelDescription) -> [[String]] {
      Worth(of: .sources).parts(description).map { $0.dropped.map(\.rawValue) }
    }
    let plain = try withTinyPair { try ModelPair(base: $0.base, adapted: $0.adapter).model.description }
    let parts = [["dK.own", "dQ.own"], ["dK.inherited", "dQ.inherited"], ["dK.joint", "dQ.joint"]]
    #expect(names(plain) == parts)
    var normed = plain
    normed.layers[1].attention.keyNorm = plain.layers[1].attentionInputNorm
    #expect(names(normed) == parts + [["dK.norm", "dQ.norm"]])
    #expect(Worth(of: .sources).interventions(normed).count == 15)
  }

  @Test func `Every run is verified, and shards make the same report`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      var options = AblationOptions(threads: 2, verifiedPrompts: 1)
      options.worths = [Worth(of: .sources, from: "after"), Worth(of: .paths)]
      (options.batchTokens, options.hasOverview) = (16, false)
      func run(_ shard: Int) throws -> URL {
        let part = folder.appending(path: "part-\(shard)")
        try ablate(
          base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), interventions: [], options: options,
          shard: try #require(Shard(shard, of: 2)), to: part)
        return part
      }
      let whole = try pair.ablation([]) { $0 = options }
      #expect(whole.verification?.passed == true, "\(whole.verification?.worst ?? [])")
      #expect(whole.knockouts.isEmpty && whole.overview.isEmpty && whole.runs.count == 7 + 3)
      #expect(try merge([run(1), run(2)]) == .ablations([whole]))
    }
  }

  @Test func `The command line asks, and the report tells`() throws {
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let tool = try CommandLineTool()
      func run(_ name: String, _ options: [String]) throws -> CommandLineTool.Result {
        try tool.run(
          [
            "ablate", pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--threads", "2", "--output",
            folder.appending(path: name).path,
          ]
            + options)
      }
      let result = try run(
        "report", ["--worth", "terms", "--worth", "paths", "--from", "after", "--to", "before", "--layers", "1-2"])
      #expect(result.status == 0, "\(result.errors)")
      #expect(result.output.contains("What the scores' terms are worth, after → before, layers 1–2: "))
      #expect(result.output.contains("; together "))
      let report = folder.appending(path: "report")
      let ablation = try Ablation(
        json: Array(Data(contentsOf: report.appending(path: "interventions.json"))), file: "interventions.json")
      #expect(ablation.worths.map(\.kind) == [.terms, .paths] && ablation.worths[0].layers == [1, 2])
      #expect(ablation.knockouts.isEmpty)
      let text = try String(contentsOf: report.appending(path: "interventions.md"), encoding: .utf8)
      #expect(
        text.contains("## What scores and changed values are worth, after → before") && text.contains("| all of them |")
      )
      for (options, message) in [
        (["--worth", "heads"], "terms, sources, values or paths"),
        (["--worth", "terms", "--layers", "3-1"], "write 1-3"),
      ] {
        let refused = try run("refused", options)
        let errors = refused.errors.replacing("'", with: "")
        #expect(refused.status == 64 && errors.contains(message), "\(refused.errors)")
      }
      let nowhere = try run("refused", ["--worth", "terms", "--layers", "3"])
      #expect(nowhere.status == 2 && nowhere.errors.contains("--worth terms: there is no layer 3"), "\(nowhere.errors)")
    }
  }
}
