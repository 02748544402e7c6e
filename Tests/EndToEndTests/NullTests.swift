import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Testing

@testable import Analyses
@testable import Checkpoints
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Random changes as large as the trained one.
@Suite struct NullTests {
  /// Singular values of a dense scale·B·A.
  private func spectrum(_ part: LowRank) throws -> [Double] {
    let (inputs, outputs) = (part.a.count / part.rank, part.b.count / part.rank)
    var dense = DoubleMatrix(rows: outputs, columns: inputs)
    for row in 0..<outputs {
      for column in 0..<inputs {
        for inner in 0..<part.rank {
          dense.elements[column * outputs + row] +=
            part.scale * Double(part.b[row * part.rank + inner]) * Double(part.a[inner * inputs + column])
        }
      }
    }
    return try #require(dense.singularValues())
  }

  @Test func `Targets, rank, norm and spectrum stay, directions do not`() throws {
    try withTinyPair { pair in
      let trained = try ModelPair(base: pair.base, adapted: pair.adapter).adaptation
      let (null, again, other) = (try trained.null(0), try trained.null(0), try trained.null(1))
      #expect(null.linears.keys.sorted() == trained.linears.keys.sorted() && !null.linears.isEmpty)
      for (module, change) in trained.linears {
        for (place, part) in change.lowRank.enumerated() {
          let own = try #require(null.linears[module]?.lowRank[place])
          #expect(own.rank == part.rank && own.a.count == part.a.count && own.b.count == part.b.count)
          let (expected, found) = (try spectrum(part), try spectrum(own))
          for (value, reference) in zip(found, expected) { #expect(!(abs(value - reference) > 1e-6 * expected[0])) }
          let same = try #require(again.linears[module]?.lowRank[place])
          let different = try #require(other.linears[module]?.lowRank[place])
          #expect(same.a == own.a && same.b == own.b)
          #expect(different.a != own.a && different.b != own.b && own.a != part.a)
        }
      }
    }
  }

  @Test(arguments: [1, 3]) func `An adapter of zeros has nulls of zero and no z`(count: Int) throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      let rows = try #require(try pair.analysis { $0.nulls = count }.null)
      #expect(
        Set(rows.map(\.statistic))
          == [
            "dKtQ.share", "KtdQ.share", "dKtdQ.share", "rms", "moved", "divergence", "felt.dKtQ.share",
            "felt.KtdQ.share", "felt.dKtdQ.share", "stream",
          ])
      #expect(rows.allSatisfy { $0.value == 0 && $0.mean == 0 && $0.z == nil && $0.p == 1 })
    }
  }

  @Test func `Nulls change nothing else, and threads no bit`() throws {
    try withTinyPair(masked: true) { pair in
      var plain = try pair.analysis { $0.parts = Set(AnalysisPart.allCases) }
      func run(_ threads: Int) throws -> Analysis {
        try pair.analysis {
          $0.parts = Set(AnalysisPart.allCases)
          $0.nulls = 3
          $0.threads = threads
        }
      }
      let (one, three) = (try run(1), try run(3))
      #expect(one.null == three.null && one.blocks == three.blocks)
      #expect(one.sources?.count == plain.sources?.count && one.products?.count == plain.products?.count)
      plain.null = one.null
      for (row, other) in zip(one.summary, plain.summary) {
        #expect(!(abs(row.raw.delta.rms - other.raw.delta.rms) > 1e-6 * other.raw.delta.rms))
      }
      let rms = try #require(one.null?.first { $0.layer == nil && $0.statistic == "rms" && $0.query == "after" })
      #expect(rms.mean > 0 && rms.z != nil)
      #expect(one.null?.filter { $0.query == "before" }.allSatisfy { $0.mean == 0 && $0.value == 0 } == true)
    }
  }

  /// By layer, head and pair of regions, by layer, and over everything.
  @Test func `What attention felt is compared wherever there is a row of it`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.nulls = 2 }
      let (null, felt) = (try #require(analysis.null), try #require(analysis.attention))
      let rows = null.filter { $0.statistic == "divergence" }
      #expect(rows.count == felt.count && rows.count == 3 * (3 * 4 + 3 + 1))
      for row in felt {
        let own = null.filter {
          $0.layer == row.layer && $0.head == row.head && $0.query == row.query && $0.key == row.key
        }
        let size = try #require(own.first { $0.statistic == "divergence" })
        #expect(size.value == row.divergence && size.mean > 0 && size.z != nil)
        let shares = Term.allCases.compactMap { term in own.first { $0.statistic == "felt.\(term.name).share" }?.value }
        #expect(shares == (row.head == nil ? Term.allCases.map(row.share) : []))
      }
    }
  }

  @Test func `Mean, deviation, z and p by hand`() {
    let row = NullComparison(layer: 1, query: "a", key: "b", statistic: "rms", value: 5, nulls: [1, 2, 3, 6])
    #expect(row.mean == 3)
    #expect(abs((row.sd ?? 0) - (14.0 / 3).squareRoot()) <= 1e-15)
    #expect(abs((row.z ?? 0) - 2 / (14.0 / 3).squareRoot()) <= 1e-15)
    #expect(row.p == 3.0 / 5, "1 and 6 lie further than 5 from 3.4, the mean of all five")
    let single = NullComparison(layer: nil, query: "a", key: "b", statistic: "rms", value: 5, nulls: [1])
    #expect(single.sd == nil && single.z == nil && single.p == 1, "two values lie as far from their mean")
  }

  @Test func `Of values that are drawn alike a p of 1/(N + 1) comes up in one case of N + 1`() {
    var random = SplitMix64(seed: 22)
    for (count, level) in [(1, 0.5), (2, 1.0 / 3), (4, 0.2), (4, 0.4), (9, 0.1)] {
      let trials = 4000
      let hits = (0..<trials).count { _ in
        let values = (0...count).map { _ in random.unit() * 3 + 7 }
        let row = NullComparison(
          layer: nil, query: "a", key: "b", statistic: "rms", value: values[0], nulls: Array(values.dropFirst()))
        return row.p <= level + 1e-12
      }
      let expected = count == 1 ? 0 : level
      let error = 4 * (expected * (1 - expected) / Double(trials)).squareRoot()
      #expect(abs(Double(hits) / Double(trials) - expected) <= error, "\(count) random changes, p ≤ \(level)")
    }
  }

  @Test func `Equal values are as far from their mean as each other, whatever is rounded`() {
    for value in [0, 0.1, 1e-30, 7.3e12] {
      for count in 1...9 {
        let row = NullComparison(
          layer: nil, query: "a", key: "b", statistic: "rms", value: value, nulls: Array(repeating: value, count: count)
        )
        #expect(row.p == 1)
      }
    }
  }

  @Test func `The command writes them, and refuses what has no rank`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "report")
      let refused = try tool.analyze(pair.base, pair.base, pair.prompts, to: output, ["--null", "2"])
      #expect(refused.status == 2 && refused.errors.contains("cannot be compared with random changes"))
      #expect(!FileManager.default.fileExists(atPath: output.path))
      #expect(try tool.analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--null", "-1"]).status == 64)
      let result = try tool.analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--null", "2"])
      #expect(result.status == 0, "\(result.errors)")
      let analysis = try Analysis(contentsOf: output.appending(path: "analysis.json"))
      #expect(analysis.null == (try pair.analysis { $0.nulls = 2 }.null))
      #expect(try String(contentsOf: output.appending(path: "report.md"), encoding: .utf8).contains("## Chance"))
      let text = try String(contentsOf: output.appending(path: "analysis.json"), encoding: .utf8)
      let damaged = text.replacing("\"p\" : ", with: "\"p\" : -")
      #expect(throws: (any Error).self) { try Analysis(json: Array(damaged.utf8), file: "analysis.json") }
    }
  }

  @Test func `Matched random changes change the scores as much as the adapter, the same on any number of threads`()
    throws
  {
    try withTinyPair { pair in
      func run(_ threads: Int) throws -> Analysis {
        try pair.analysis { ($0.nulls, $0.nullMatch, $0.threads) = (3, .rms, threads) }
      }
      let (one, plain) = (try run(1), try pair.analysis { $0.nulls = 3 })
      #expect(try run(3).null == one.null)
      let match = try #require(one.nulls?.match)
      #expect(one.nulls?.count == 3 && plain.nulls == NullSetting(count: 3))
      let rows = one.summary.filter { $0.layer == nil }
      let pairs = rows.reduce(0) { $0 + Double($1.pairs) }
      let rms = (rows.reduce(0) { $0 + Double($1.pairs) * $1.raw.delta.rms * $1.raw.delta.rms } / pairs).squareRoot()
      #expect(abs(match.value - rms) <= 1e-6 * rms, "another pass rounds otherwise")
      for (factor, reached) in zip(match.factors, match.reached) {
        #expect(factor > 0 && abs(reached / match.value - 1) <= 1e-3, "\(factor), \(reached)")
      }
      #expect(match.factors.count == 3 && Set(match.factors).count == 3 && (2...10).contains(match.passes))
      // What is compared are the scaled changes: over all pairs of regions the squares of their rms have the adapter's mean.
      let own = try #require(one.null).filter { $0.layer == nil && $0.statistic == "rms" }
      let reached = zip(own, rows).reduce(0) { $0 + Double($1.1.pairs) * ($1.0.mean * $1.0.mean) } / pairs
      #expect(abs(reached.squareRoot() / rms - 1) < 0.05)
      #expect(try Analysis(json: AnalysisJSON.bytes(one), file: "x") == one)
      #expect(one.command == nil || one.command?.contains("--null-match rms") == true)
    }
  }

  @Test func `A search for a factor ends where there is none`() {
    var search = NullMatching(target: 4)
    for _ in 0..<20 where !search.isDone { search.add(search.factor, rms: 3 * search.factor * search.factor) }
    #expect(search.isDone && abs((search.best?.rms ?? 0) / 4 - 1) <= 1e-3)
    for answer in [{ _ in 0 }, { _ in .infinity }, { _ in 2 }] as [(Double) -> Double] {
      var search = NullMatching(target: 4)
      var count = 0
      while !search.isDone, count < NullMatching.mostPasses {
        let factor = search.factor
        #expect(factor.isFinite && factor > 0)
        search.add(factor, rms: answer(factor))
        count += 1
      }
      #expect(count <= NullMatching.mostPasses)
    }
    var nothing = NullMatching(target: 0)
    nothing.add(1, rms: 2)
    #expect(nothing.isDone)
    let match = NullSetting.Match(statistic: .rms, value: 4, factors: [1, 2], reached: [4, 2], passes: 3)
    #expect(match.warnings.count == 1 && match.warnings[0].contains("2 (2)") && !match.warnings[0].contains("1 (4)"))
  }

  @Test func `Shards find the same factors, and the command line says what it compares with`() throws {
    let tool = try CommandLineTool()
    try withTinyPair { pair in
      let folder = pair.base.deletingLastPathComponent()
      let options = ["--null", "2", "--null-match", "rms", "--parts", "none", "--batch-tokens", "16", "-q"]
      func run(_ name: String, _ more: [String] = []) throws -> CommandLineTool.Result {
        try tool.analyze(pair.base, pair.adapter, pair.prompts, to: folder.appending(path: name), options + more)
      }
      for (name, more) in [("whole", []), ("1", ["--shard", "1/2"]), ("2", ["--shard", "2/2"])] {
        let result = try run(name, more)
        #expect(result.status == 0, "\(result.errors)")
      }
      let parts = ["1", "2"].map { folder.appending(path: $0).path }
      #expect(try tool.run(["merge"] + parts + ["--output", folder.appending(path: "merged").path, "-q"]).status == 0)
      #expect(try contents(of: folder.appending(path: "whole")) == contents(of: folder.appending(path: "merged")))
      let report = try String(contentsOf: folder.appending(path: "whole/report.md"), encoding: .utf8)
      #expect(report.contains("so that its rms ΔS over everything is the adapter's"))
      #expect(report.contains("cannot fall below 1/3 with 2 random changes") && report.contains("| z | p, ≥ 0.333 |"))
      let refused = try tool.analyze(
        pair.base, pair.adapter, pair.prompts, to: folder.appending(path: "no"), ["--null-match", "rms"])
      #expect(refused.status == 64 && refused.errors.contains("--null N"))
    }
  }

  @Test func `More than low-rank parts are refused by name`() throws {
    try withTinyPair { pair in
      let adaptation = try ModelPair(base: pair.base, adapted: pair.adapter).adaptation
      let module = try #require(adaptation.linears.keys.min())
      var (checkpoint, biased, dora, normed) = (adaptation, adaptation, adaptation, adaptation)
      checkpoint.kind = .checkpoint
      biased.linears[module]?.bias = [1]
      dora.usesDoRA = true
      normed.norms["model.norm"] = NormChange(gain: [1])
      for (broken, word) in [(checkpoint, "full checkpoint"), (biased, module), (dora, "DoRA"), (normed, "model.norm")]
      {
        let error = #expect(throws: AnalysisError.self) { try broken.null(0) }
        let text = "\(try #require(error))"
        #expect(text.contains(word) && text.contains("adapter"))
      }
    }
  }
}
