import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// What has to hold of attention mass and values on any pair.
@Suite struct AnalysisPartsTests {
  @Test(arguments: [false, true]) func `The masses of a row sum to one, and their split to their change`(
    isMasked: Bool
  ) throws {
    try withTinyPair(masked: isMasked) { pair in
      let rows = try #require(try pair.analysis().mass)
      #expect(rows.count == 3 * 4 * 3 + (3 + 1) * 3)
      let byQuery = Dictionary(grouping: rows) { "\($0.layer ?? -1) \($0.head ?? -1) \($0.query)" }
      for rows in byQuery.values {
        #expect(abs(rows.reduce(0) { $0 + $1.base } - 1) <= 1e-12)
        #expect(abs(rows.reduce(0) { $0 + $1.adapted } - 1) <= 1e-12)
        #expect(rows.reduce(0) { $0 + $1.moved } <= 1)
        for row in rows {
          #expect(abs(row.byKey + row.byQuery - (row.adapted - row.base)) <= 1e-14)
          #expect(row.moved >= 0)
          #expect(2 * row.moved >= abs(row.adapted - row.base) * (1 - 1e-6))
        }
      }
      for row in rows where isMasked && row.query == "before" {
        #expect(row.moved == 0 && row.adapted == row.base && row.byKey == 0 && row.byQuery == 0)
      }
    }
  }

  @Test func `Each prompt's sums give the shares of the summary, by layer where they are asked for`() throws {
    try withTinyPair { pair in
      let pooled = try #require(try pair.analysis().byPrompt)
      #expect(pooled.allSatisfy { ($0.layer == nil) == ($0.raw != nil) })
      let analysis = try pair.analysis {
        $0.keepsPrompts = true; $0.parts = []
      }
      let rows = try #require(analysis.byPrompt)
      #expect(rows.count == analysis.summary.count && rows.contains { $0.layer == 2 })
      for (row, summary) in zip(rows, analysis.summary) {
        #expect(row.layer == summary.layer && row.query == summary.query && row.key == summary.key)
        for (energies, part) in [(row.raw, summary.raw), (row.centered, summary.centered)] {
          let energies = try #require(energies)
          let delta = energies.delta.reduce(0, +)
          for term in Term.allCases where delta > 0 {
            let share = energies.terms[term.rawValue].reduce(0, +) / delta
            #expect(abs(share - part[term].share) <= 1e-12)
          }
        }
      }
      let all = try #require(rows.first?.raw?.delta)
      let layers = rows.filter { $0.layer != nil && $0.query == rows[0].query && $0.key == rows[0].key }
      for prompt in all.indices {
        let sum = layers.reduce(0) { $0 + ($1.raw?.delta[prompt] ?? 0) }
        #expect(abs(sum - all[prompt]) <= 1e-12 * all[prompt])
      }
    }
  }

  @Test func `--per-prompt writes a table of prompts`() throws {
    try withTinyPair { pair in
      try withTemporaryFolder { folder in
        let output = folder.appending(path: "report")
        let run = try CommandLineTool().analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--per-prompt"])
        #expect(run.status == 0, "\(run.errors)")
        let files = try contents(of: output)
        let lines = String(decoding: files["prompts.csv"] ?? Data(), as: UTF8.self).split(separator: "\r\n")
        let analysis = try Analysis(contentsOf: output.appending(path: "analysis.json"))
        #expect(lines.count == 1 + analysis.prompts.count * analysis.summary.count)
        #expect(analysis.command?.hasSuffix("--per-prompt") == true)
        let again = try CommandLineTool().analyze(pair.base, pair.adapter, pair.prompts, to: output, ["--force"])
        #expect(again.status == 0, "prompts.csv is part of a report: \(again.errors)")
        #expect(try contents(of: output)["prompts.csv"] == nil)
      }
    }
  }

  @Test func `Pooled rows are means of their heads`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.parts = [.mass, .values] }
      let (mass, values) = (try #require(analysis.mass), try #require(analysis.values))
      for (row, other) in zip(mass, values) where row.head == nil {
        let heads = mass.filter {
          $0.head != nil && $0.query == row.query && $0.key == row.key && (row.layer == nil || $0.layer == row.layer)
        }
        #expect(row.queries == heads.reduce(0) { $0 + $1.queries })
        for member in [\AttentionMass.base, \.adapted, \.moved, \.byKey, \.byQuery] {
          let mean = heads.reduce(0) { $0 + $1[keyPath: member] } / Double(heads.count)
          #expect(abs(row[keyPath: member] - mean) <= 1e-12)
        }
        let changes = values.filter {
          $0.head != nil && $0.query == row.query && $0.key == row.key && (row.layer == nil || $0.layer == row.layer)
        }
        let square = changes.reduce(0) { $0 + $1.delta * $1.delta } / Double(changes.count)
        #expect(abs(other.delta - square.squareRoot()) <= 1e-12 * other.delta)
      }
    }
  }

  @Test(arguments: [false, true]) func `The terms of values sum to the change`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      for row in try #require(try pair.analysis { $0.parts = [.values] }.values) {
        let shares = row.terms.reduce(0) { $0 + $1.share }
        #expect(abs(shares - (row.delta == 0 ? 0 : 1)) <= 1e-6)
        #expect(row.terms.reduce(0) { $0 + $1.rms } >= row.delta * (1 - 1e-6))
        guard isMasked, row.key == "before" else { continue }
        #expect(row[.PdV] == PartSize(rms: 0, share: 0) && row[.dPdV] == PartSize(rms: 0, share: 0))
        #expect((row.delta == 0) == (row.query == "before"))
      }
    }
  }

  @Test func `An adapter of zeros moves nothing`() throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      let analysis = try pair.analysis { $0.parts = [.mass, .values] }
      for row in try #require(analysis.mass) {
        #expect(row.moved == 0 && row.byKey == 0 && row.byQuery == 0 && row.adapted == row.base)
      }
      for row in try #require(analysis.values) {
        #expect(row.delta == 0 && row.terms.allSatisfy { $0 == PartSize(rms: 0, share: 0) })
      }
    }
  }

  /// A huge adapter moves all there is to move and no more. Scores of a million are beyond what single precision can tell apart,
  /// scores of some hundred are not.
  @Test(arguments: [100, 1e6] as [Float]) func `Huge changes give masses too`(factor: Float) throws {
    try withTinyPair { pair in
      try pair.scaleAdapter(factor)
      let analysis = try pair.analysis {
        $0.parts = [.mass]
        $0.verifiedPrompts = factor < 1e3 ? 2 : 0
      }
      for row in try #require(analysis.mass) {
        #expect(row.moved >= 0 && row.moved <= 1 && row.adapted >= -1e-9 && row.adapted <= 1 + 1e-9)
      }
      guard let verification = analysis.verification else { return }
      for name in ["mass.adapted", "mass.byKey", "mass.byQuery"] {
        let worst = try #require(verification.worst.first { $0.statistic == name })
        #expect(worst.difference <= 1e-4)
      }
    }
  }

  @Test func `A part that is not asked for is not there, and changes nothing`() throws {
    try withTinyPair { pair in
      let all = try pair.analysis { $0.parts = [.mass, .values] }
      let none = try pair.analysis { $0.parts = [] }
      #expect(none.parts.isEmpty && none.mass == nil && none.values == nil)
      #expect(all.parts == [.mass, .values])
      #expect(all.blocks == none.blocks && all.summary == none.summary && all.stream == none.stream)
      #expect(try pair.analysis { $0.parts = [.mass] }.mass == all.mass)
      #expect(try pair.analysis { $0.parts = [.values] }.values == all.values)
    }
  }

  @Test func `The number of threads changes no bit`() throws {
    try withTinyPair { pair in
      let one = try pair.analysis {
        $0.parts = [.mass, .values]
        $0.threads = 1
      }
      let three = try pair.analysis {
        $0.parts = [.mass, .values]
        $0.threads = 3
      }
      #expect(one.mass == three.mass && one.values == three.values)
    }
  }

  @Test(arguments: [false, true]) func `Plain runs verify both`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let verification = try #require(
        try pair.analysis {
          $0.parts = [.mass, .values]
          $0.verifiedPrompts = 2
        }.verification)
      #expect(verification.passed)
      #expect(verification.worst.allSatisfy { $0.difference <= 1e-5 })
      let statistics = Set(verification.worst.map(\.statistic))
      for name in ["mass.base", "mass.moved", "mass.byKey", "values.delta", "values.dPV.rms", "values.PdV.share"] {
        #expect(statistics.contains(name), "\(name)")
      }
    }
  }
}
