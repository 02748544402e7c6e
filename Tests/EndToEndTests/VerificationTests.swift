import Attribution
import Foundation
import LeibnizTesting
import LinearAlgebra
import PairFixtures
import Prompts
import Results
import StrictJSON
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import PairedForward
@testable import Subjects

/// The double-precision check passes where all is well and reports what is broken on purpose.
@Suite struct VerificationTests {
  @Test(arguments: [false, true]) func `An intact pass is verified`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let verification = try #require(try pair.analysis { $0.verifiedPrompts = 2 }.verification)
      #expect(verification.passed)
      #expect(verification.prompts == 2)
      #expect(verification.tolerance == 1e-3)
      #expect(verification.worst.allSatisfy { $0.difference <= 1e-5 })
      let statistics = Set(verification.worst.map(\.statistic))
      for name in [
        "pairs", "stream", "loss.base", "loss.adapted", "delta.mean", "dKtQ.rms", "centered.KtdQ.share",
      ] {
        #expect(statistics.contains(name))
      }
      #expect(statistics.contains("zero") == isMasked)
    }
  }

  @Test func `A number of prompts to verify is enough to ask for it`() throws {
    try withTinyPair { pair in
      let report = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try CommandLineTool().analyze(
        pair.base, pair.adapter, pair.prompts, to: report, ["--verify-prompts", "2"])
      #expect(result.status == 0, "\(result.errors)")
      let json = try JSONReader(file: "a", bytes: Array(Data(contentsOf: report.appending(path: "analysis.json"))))
      #expect(try json.object("verification").integer("prompts") == 2)
    }
  }

  /// A kernel that a hundredth is wrong in: every term in turn, and the pattern, which only centring reads.
  @Test(
    arguments: [
      (\ScoreTile.KtdQ, "KtdQ.rms"), (\ScoreTile.dKtQ, "dKtQ.rms"), (\ScoreTile.dKtdQ, "dKtdQ.rms"),
      (\ScoreTile.pattern, "centered.KtdQ.rms"), (\ScoreTile.patternChange, "mass.moved"),
      (\ScoreTile.patternChange, "values.dPV.rms"), (\ScoreTile.dKtQ, "mass.byKey"),
    ] as [(any KeyPath<ScoreTile, ReadOnlyMatrix> & Sendable, String)])
  func `A broken kernel is reported`(part: any KeyPath<ScoreTile, ReadOnlyMatrix> & Sendable, statistic: String)
    throws
  {
    let verification = try verification(distorting: part, by: 1.01)
    #expect(!verification.passed)
    let worst = try #require(verification.worst.first { $0.statistic == statistic })
    #expect(worst.difference > verification.tolerance)
  }

  /// Of a term that cancels to nothing, rounding of the others is left, and no more than that.
  @Test(arguments: [(5e-8, true), (5e-7, false)]) func `What single precision cannot resolve is no disagreement`(
    left: Double, isFine: Bool
  ) {
    var ledger = DisagreementLedger()
    var expected = ValueChange(at: Place(layer: 0, head: 0, .pair(query: "after", key: "after")), count: 1)
    (expected[.dPV].rms, expected[.dPdV].rms) = (1, 1e-17)
    var found = expected
    found[.dPdV].rms = left
    ledger.add(found, expected)
    #expect(ledger.verification(prompts: 1).passed == isFine)
  }

  @Test func `A kernel that gives no numbers is reported`() throws {
    let verification = try verification(distorting: \.KtdQ, by: .nan)
    #expect(!verification.passed)
    #expect(verification.worst.contains { $0.statistic == "KtdQ.rms" && $0.difference == 1 })
  }

  /// The verification of a pass of which one part of every tile is shown scaled.
  private func verification(
    distorting part: any KeyPath<ScoreTile, ReadOnlyMatrix> & Sendable, by factor: Float
  ) throws -> Verification {
    try withTinyPair { pair in
      let options = AnalysisOptions(threads: 2, parts: Set(AnalysisPart.allCases))
      let analyzer = Analyzer([try subject(of: pair).first(1)], options: options)
      var probe = DistortingProbe(probe: analyzer.probe, part: part, factor: factor)
      try run(analyzer, &probe)
      let analysis = try #require(analyzer.frame.reports(from: probe.probe.sums).first)
      return try Verifier(subject: analyzer.subjects[0], computesLoss: false).verify(analysis) { _ in }
    }
  }

  /// The pass of an analysis, which is a single batch, under another probe.
  private func run<Watching: Probe>(_ analyzer: Analyzer, _ probe: inout Watching) throws {
    let pass = try AnalysisPass(analyzer)
    try #require(pass.count == 1)
    try pass.run(0, &probe) { _ in }
  }

  private func subject(of pair: TinyPair, mask: MaskRule = .auto) throws -> Subject {
    let models = try ModelPair(base: pair.base, adapted: pair.adapter)
    return try Subject(
      models,
      file: try PromptSource.file(pair.prompts).read(
        for: models, separator: .fromFile, allowsMissingSeparator: false), mask: MaskPlan(mask))
  }

  /// The pass runs without the mask that its promises rest on.
  @Test func `A term that is promised to be zero and is not is a leak`() throws {
    try withTinyPair(masked: true) { pair in
      let promised = try subject(of: pair)
      let reaches = promised.prompts.enumerated().map { index, prompt in
        ChangeReach(
          tokens: prompt.prompt.tokens, index: index, description: promised.pair.model.description,
          adaptation: promised.pair.adaptation, mask: prompt.mask.mask)
      }
      let analyzer = Analyzer([try subject(of: pair, mask: .none)], options: AnalysisOptions(threads: 2))
      var probe = PromisingProbe(probe: analyzer.probe, reaches: reaches)
      try run(analyzer, &probe)
      let rows = probe.probe.blocks.tables[0].blockRows().filter { $0.key == "before" }
      #expect(rows.count == 3 * 4 * 2)
      for row in rows {
        #expect(row.raw[.dKtQ].zero == .leak)
        #expect(row.raw[.dKtdQ].zero == .leak)
        #expect(row.raw[.KtdQ].zero == (row.query == "before" ? .leak : nil))
      }
    }
  }

  /// Rows that the pass skips are computed by the plain runs; if the adapter does act there, that shows.
  @Test func `The check sees a change where the analysis promised a zero`() throws {
    try withTinyPair(masked: true) { pair in
      let kept = try subject(of: pair).first(1)
      let analysis = try #require(try Analyzer([kept], options: AnalysisOptions(threads: 2)).run().first)
      #expect(try Verifier(subject: kept, computesLoss: false).verify(analysis) { _ in }.passed)
      let everywhere = try subject(of: pair, mask: .none).first(1)
      let broken = try Verifier(subject: everywhere, computesLoss: false).verify(analysis) { _ in }
      #expect(!broken.passed)
      let zero = try #require(broken.worst.first { $0.statistic == "zero" })
      #expect(zero.difference > broken.tolerance)
      #expect(zero.place.contains("→before"))
    }
  }
}

/// Hands on what it sees, with one part of every tile scaled.
private struct DistortingProbe: Probe {
  var probe: AnalysisProbe
  let part: any KeyPath<ScoreTile, ReadOnlyMatrix> & Sendable
  let factor: Float
  var needs: ProbeNeeds { probe.needs }

  func begin(_ task: ProbeTask) -> AnalysisProbe.Partial { probe.begin(task) }
  func see(_ stream: StreamRows, _ partial: inout AnalysisProbe.Partial) { probe.see(stream, &partial) }
  func see(_ tile: PatternTile, _ partial: inout AnalysisProbe.Partial) { probe.see(tile, &partial) }

  func see(_ tile: ScoreTile, _ partial: inout AnalysisProbe.Partial) {
    let matrix = tile[keyPath: part]
    let scaled = Matrix(rows: matrix.rows, columns: matrix.columns)
    for row in 0..<matrix.rows {
      for column in 0..<matrix.columns { scaled.view[row][column] = matrix[row, column] * factor }
    }
    func shown(_ other: any KeyPath<ScoreTile, ReadOnlyMatrix> & Sendable) -> ReadOnlyMatrix {
      other == part ? ReadOnlyMatrix(scaled.view) : tile[keyPath: other]
    }
    withExtendedLifetime(scaled) {
      let distorted = ScoreTile(
        layer: tile.layer, prompt: tile.prompt, head: tile.head, run: tile.run, queries: tile.queries,
        isLast: tile.isLast, keys: tile.keys, changedKeys: tile.changedKeys, window: tile.window,
        pattern: shown(\.pattern), KtdQ: shown(\.KtdQ),
        dKtQ: shown(\.dKtQ), dKtdQ: shown(\.dKtdQ), patternChange: shown(\.patternChange), levels: tile.levels,
        scores: tile.scores, operands: tile.operands, memory: tile.memory)
      probe.see(distorted, &partial)
    }
  }

  mutating func fold(
    _ partials: [(task: ProbeTask, partial: AnalysisProbe.Partial)], layer: LayerSummary
  ) { probe.fold(partials, layer: layer) }
}

/// Tells another reach than the pass's own.
private struct PromisingProbe: Probe {
  var probe: AnalysisProbe
  let reaches: [ChangeReach]
  var needs: ProbeNeeds { probe.needs }

  func begin(_ task: ProbeTask) -> AnalysisProbe.Partial { probe.begin(task) }
  func see(_ stream: StreamRows, _ partial: inout AnalysisProbe.Partial) { probe.see(stream, &partial) }
  func see(_ tile: PatternTile, _ partial: inout AnalysisProbe.Partial) { probe.see(tile, &partial) }
  func see(_ tile: ScoreTile, _ partial: inout AnalysisProbe.Partial) { probe.see(tile, &partial) }

  mutating func fold(
    _ partials: [(task: ProbeTask, partial: AnalysisProbe.Partial)], layer: LayerSummary
  ) {
    let promised = LayerSummary(
      layer: layer.layer, prompts: layer.prompts, reaches: [layer.prompts.map { reaches[$0].layers[layer.layer] }])
    probe.fold(partials, layer: promised)
  }
}
