import Foundation
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Reporting
@testable import Results
@testable import Subjects

/// Attention sinks, experts with bounds and biases, and weights of four bits: what must hold of gpt-oss whatever the numbers are.
@Suite struct SinkTests {
  private func analysis(
    _ pair: SinkPair, of adapted: URL? = nil, _ change: (inout AnalysisOptions) -> Void = { _ in }
  ) throws -> Analysis {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    options.parts = Set(AnalysisPart.allCases)
    change(&options)
    return try analyze(base: pair.base, adapted: adapted ?? pair.adapter, prompts: pair.prompts, options: options)
  }

  @Test func `Experts in four bits are the values that these stand for`() throws {
    try withSinkPair { pair in
      let plain = try analysis(pair)
      try pair.writeBase(isPacked: true)
      let packed = try analysis(pair)
      #expect(packed.base.dtype == "MXFP4" && plain.base.dtype == "F32")
      #expect(packed.blocks == plain.blocks && packed.attention == plain.attention && packed.mass == plain.mass)
      #expect(packed.loss?.adapted == plain.loss?.adapted)
      #expect(plain.blocks.contains { $0.raw.delta.rms > 0.01 })
    }
  }

  @Test(arguments: [false, true]) func `Plain runs verify every part`(isCheckpoint: Bool) throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      let analysis = try analysis(pair, of: isCheckpoint ? pair.checkpoint : pair.adapter) {
        ($0.verifiedPrompts, $0.pairs) = (3, 5)
      }
      let verification = try #require(analysis.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
      let (mass, attention) = (try #require(analysis.mass), try #require(analysis.attention))
      // Two layers of four heads and their pools, for before → before, after → both, and the sink of either.
      #expect(mass.count == (2 * 4 + 1 + 2) * 5 && attention.count == mass.count)
      #expect(mass.filter { $0.key == nil }.allSatisfy { $0.base > 0 && $0.base < 1 && $0.moved > 0 })
      #expect(mass.allSatisfy { ($0.bySink != nil) == isCheckpoint })
      #expect(attention.allSatisfy { ($0.sink != nil) == isCheckpoint })
      #expect(try Analysis(json: AnalysisJSON.bytes(analysis), file: "analysis.json") == analysis)
    }
  }

  /// Of every query all attention goes somewhere, and what goes elsewhere comes from somewhere.
  @Test(arguments: [false, true]) func `Masses with the sink sum to one, and terms to the divergence`(
    isCheckpoint: Bool
  ) throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      let analysis = try analysis(pair, of: isCheckpoint ? pair.checkpoint : pair.adapter)
      let rows = Dictionary(grouping: try #require(analysis.mass)) {
        [$0.layer ?? -1, $0.head ?? -1, $0.query == "after" ? 1 : 0]
      }
      for rows in rows.values {
        #expect(abs(rows.reduce(0) { $0 + $1.base } - 1) <= 1e-6 && abs(rows.reduce(0) { $0 + $1.adapted } - 1) <= 1e-6)
        for row in rows {
          let sum = row.byKey + row.byQuery + (row.bySink ?? 0)
          #expect(abs(sum - (row.adapted - row.base)) <= 1e-6 * (row.moved + abs(sum)))
        }
      }
      for row in try #require(analysis.attention) {
        let size = row.terms.reduce(row.divergence + abs(row.sink ?? 0)) { $0 + abs($1) }
        #expect(row.divergence >= 0 && abs(row.terms.reduce(row.sink ?? 0, +) - row.divergence) <= 1e-5 * size)
        for (nats, term) in [(row.dKtQ, Term.dKtQ), (row.KtdQ, .KtdQ)] {
          let sources = nats.byName.map(\.nats)
          let size = sources.reduce(row.divergence) { $0 + abs($1) }
          #expect(abs(sources.reduce(0, +) - row[term]) <= 1e-5 * size)
        }
        if row.key == nil { #expect(row.competition == Term.allCases || row.query == "before") }
      }
    }
  }

  @Test func `An adapter of zeros changes nothing`() throws {
    try withSinkPair { pair in
      try pair.clearAdapter()
      let analysis = try analysis(pair)
      #expect(analysis.blocks.allSatisfy { $0.raw.delta.maxAbs == 0 && $0.centered.delta.maxAbs == 0 })
      #expect(
        try #require(analysis.mass).allSatisfy {
          ($0.moved, $0.byKey, $0.byQuery) == (0, 0, 0) && $0.adapted == $0.base
        })
      for row in try #require(analysis.attention) {
        #expect(([row.divergence] + row.terms + (row.dKtQ.byName + row.KtdQ.byName).map(\.nats)).allSatisfy { $0 == 0 })
      }
      #expect(analysis.loss?.base == analysis.loss?.adapted)
    }
  }

  /// In the first layer nothing else changes; behind it the stream does.
  @Test(arguments: [1, 1e-4] as [Float]) func `Sinks that were trained alone are the whole change`(size: Float) throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: size) { $0.hasSuffix("sinks") }
      let analysis = try analysis(pair, of: pair.checkpoint) { $0.verifiedPrompts = 3 }
      #expect(analysis.adapted.targets == ["sinks"] && analysis.verification?.passed == true)
      for row in try #require(analysis.attention) where row.layer == 0 {
        #expect(row.terms == [0, 0, 0] && row.divergence > 0 && row.dominantTerm == .mixed)
        #expect(abs(try #require(row.sink) - row.divergence) <= 1e-5 * row.divergence)
      }
      for row in try #require(analysis.mass) where row.layer == 0 {
        #expect((row.byKey, row.byQuery) == (0, 0) && row.moved > 0)
        #expect(abs(try #require(row.bySink) - (row.adapted - row.base)) <= 1e-9 * row.moved + 1e-15)
      }
      for block in analysis.blocks where block.layer == 0 {
        #expect(Term.allCases.allSatisfy { block.raw[$0].zero == .structural && block.raw[$0].magnitude.maxAbs == 0 })
      }
      #expect(analysis.blocks.contains { $0.layer == 1 && $0.raw.delta.rms > 0 })
    }
  }

  @Test func `Leaving out scores leaves a trained sink's change in place`() throws {
    try withSinkPair { pair in
      // Behind the last layer's attention nothing of the change is in any score.
      try pair.writeCheckpoint(size: 1) { $0.hasSuffix("1.self_attn.sinks") }
      let ablation = try ablation(
        pair, of: pair.checkpoint, [Intervention(dropping: Part.scores), Intervention(dropping: [.dPV])])
      let (scores, values) = (ablation.knockouts[0], ablation.knockouts[1])
      for outcome in scores.prompts.compactMap(\.self) {
        #expect(outcome.knockout == outcome.adapted && outcome.adapted != outcome.base && outcome.kl == 0)
      }
      for outcome in values.prompts.compactMap(\.self) { #expect(outcome.knockout == outcome.base) }
    }
  }

  @Test func `Interventions beside sinks are verified by plain runs`() throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      for adapted in [pair.adapter, pair.checkpoint] {
        let ablation = try ablation(
          pair, of: adapted,
          [
            Intervention(dropping: Part.scores), Intervention(dropping: [.dKtQ], from: "after", to: "before"),
            Intervention(dropping: Part.values), Intervention(dropping: [.inheritedKeys, .ownQueries]),
          ])
        let verification = try #require(ablation.verification)
        #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
      }
    }
  }

  private func ablation(_ pair: SinkPair, of adapted: URL, _ interventions: [Intervention]) throws -> Ablation {
    let options = AblationOptions(hasOverview: false, threads: 2, verifiedPrompts: 2)
    return try ablate(
      base: pair.base, adapted: adapted, prompts: .file(pair.prompts), interventions: interventions, options: options)
  }

  @Test func `Masks, threads and shards change no more than elsewhere`() throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      let analysis = try analysis(pair, of: pair.checkpoint) { ($0.mask, $0.verifiedPrompts) = (.after, 3) }
      #expect(analysis.verification?.passed == true)
      for row in try #require(analysis.mass) where row.query == "before" {
        #expect(row.moved == 0 && row.bySink == nil)
      }
      let one = try self.analysis(pair, of: pair.checkpoint) { ($0.mask, $0.threads) = (.after, 1) }
      #expect(one.attention == analysis.attention && one.mass == analysis.mass)
    }
  }

  @Test func `A report says what sinks take`() throws {
    try withSinkPair { pair in
      try pair.writeCheckpoint(size: 0.05) { _ in true }
      let text = MarkdownReport(try analysis(pair, of: pair.checkpoint)).text
      #expect(text.contains("The attention sinks take") && text.contains("by trained sinks"))
      #expect(BlocksCSV.text(try analysis(pair, of: pair.checkpoint)).contains("mass.bySink"))
      #expect(!BlocksCSV.text(try analysis(pair)).contains("Sink"))
    }
  }

  @Test func `Files that do not fit are told`() throws {
    try withSinkPair { pair in
      func message(isPacked: Bool, _ change: (inout [SinkPair.Entry]) -> Void) throws -> String {
        try pair.writeBase(isPacked: isPacked, change)
        return "\(try #require(throws: (any Error).self) { try analysis(pair) })"
      }
      func index(_ tensors: [SinkPair.Entry], _ ending: String) -> Int {
        tensors.firstIndex { $0.name.hasSuffix(ending) } ?? 0
      }
      let sinks = try message(isPacked: false) { $0.remove(at: index($0, "0.self_attn.sinks")) }
      #expect(sinks.contains("model.layers.0.self_attn.sinks"))
      let wrong = try message(isPacked: false) { tensors in
        tensors[index(tensors, "1.self_attn.sinks")] = SinkPair.Entry("model.layers.1.self_attn.sinks", [2], [0, 0])
      }
      #expect(wrong.contains("model.layers.1.self_attn.sinks") && wrong.contains("[4]"))
      let scales = try message(isPacked: true) { $0.remove(at: index($0, "down_proj_scales")) }
      #expect(scales.contains("down_proj_scales"))
      let blocks = try message(isPacked: true) { $0[index($0, "gate_up_proj_blocks")].shape = [4, 64, 16, 1] }
      #expect(blocks.contains("gate_up_proj_blocks") && blocks.contains("[4, 64, 1, 16]"))
      let huge = try message(isPacked: true) { tensors in
        tensors[index(tensors, "gate_up_proj_scales")].bytes = Array(repeating: 255, count: 4 * 64)
      }
      #expect(huge.contains("gate_up_proj_blocks"))
      let bias = try message(isPacked: false) { $0.remove(at: index($0, "gate_up_proj_bias")) }
      #expect(bias.contains("bias"))
      // Blocks of four bits that config.json says nothing of.
      try pair.writeBase(isPacked: true)
      let text = try String(contentsOf: pair.base.appending(path: "config.json"), encoding: .utf8)
      try Data(text.replacing(#""quantization_config": {"quant_method": "mxfp4"}, "#, with: "").utf8)
        .write(to: pair.base.appending(path: "config.json"))
      #expect("\(try #require(throws: (any Error).self) { try analysis(pair) })".contains("quant_method"))
    }
  }

  @Test(
    .enabled(if: !OracleCase.with("sinks").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sinks"),
    arguments: OracleCase.with("sinks"))
  func `What sinks take agrees with the library`(_ oracle: OracleCase) throws {
    let analysis = try oracle.analysis(parts: [.mass])
    let rows = try #require(analysis.mass).filter { $0.key == nil && $0.head != nil }
    var comparison = ReferenceComparison(tolerance: 2e-5)
    let expected = try oracle.expected("sinks")
    #expect(rows.count == expected.count)
    for reference in expected {
      let (layer, head) = (try reference.integer("layer"), try reference.integer("head"))
      let region = try reference.string("region")
      let row = try #require(rows.first { ($0.layer, $0.head, $0.query) == (layer, head, region) })
      comparison.check("\(row.place) base", row.base, try reference.number("base"), floor: 1e-3, zero: false)
      comparison.check("\(row.place) adapted", row.adapted, try reference.number("adapted"), floor: 1e-3, zero: false)
      comparison.check("\(row.place) moved", row.moved, try reference.number("moved"), floor: 1e-9)
    }
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
  }
}
