import Foundation
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Results
@testable import Subjects

/// Layers that read the keys and values of others, inputs to layers, factors on the stream: what must hold of Gemma 4 whatever the numbers
/// are.
@Suite struct SharingTests {
  private func analysis(
    _ pair: SharingPair, of adapted: URL? = nil, _ change: (inout AnalysisOptions) -> Void = { _ in }
  ) throws -> Analysis {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    options.parts = Set(AnalysisPart.allCases)
    change(&options)
    return try analyze(base: pair.base, adapted: adapted ?? pair.adapter, prompts: pair.prompts, options: options)
  }

  @Test(arguments: [false, true], [false, true])
  func `Plain runs verify every part`(isCheckpoint: Bool, byHead: Bool) throws {
    try withSharingPair { pair in
      try pair.writeCheckpoint { _ in true }
      let analysis = try analysis(pair, of: isCheckpoint ? pair.checkpoint : pair.adapter) {
        ($0.verifiedPrompts, $0.pairs, $0.writersByHead) = (3, 5, byHead)
      }
      let verification = try #require(analysis.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
      #expect(analysis.blocks.allSatisfy { $0.raw.delta.rms > 0 })
      #expect(try Analysis(json: AnalysisJSON.bytes(analysis), file: "analysis.json") == analysis)
      try expectWriters(analysis, changesFactors: isCheckpoint)
      let sites = Dictionary(grouping: analysis.products ?? []) { $0.layer }.mapValues { Set($0.map(\.site)) }
      let rest: Set<ProductChange.Site> = [.q, .o, .gate, .up, .gateUp, .down]
      #expect(sites == [0: rest.union([.k, .v]), 1: rest.union([.k]), 2: rest.union([.k, .v]), 3: rest, 4: rest])
    }
  }

  /// Inputs to layers and changed factors write, and all that is written sums to what is inherited and to what predictions gain.
  private func expectWriters(_ analysis: Analysis, changesFactors: Bool) throws {
    let felt = Dictionary(grouping: try #require(analysis.attention)) { [$0.place.layer, $0.place.head] }
    for row in try #require(analysis.writers) where row.place.layer != nil && row.place.head != nil {
      let own = felt[[row.place.layer, row.place.head]]?.first { $0.place.pair == row.place.pair }
      let sources = try #require(row.term == .dKtQ ? own?.dKtQ : own?.KtdQ)
      let largest = row.nats.values.map(abs).max() ?? 0
      #expect(abs(row.inherited - sources.inherited) <= 2e-5 * largest)
    }
    let gain = try #require(analysis.writtenPredictions?.gain)
    #expect(gain[Writer(layer: 0, .input)] ?? 0 != 0)
    #expect((gain[Writer(layer: 2, .scale)] ?? 0 != 0) == changesFactors)
    #expect(Writer("L2.scale") == Writer(layer: 2, .scale) && Writer("scale") == Writer(.scale))
    #expect(Writer("L2.gain") == nil && Writer("input") == nil && Writer(layer: 2, .scale) < Writer(.scale))
  }

  @Test(arguments: [false, true]) func `What was written is left out as plain runs leave it out`(isCheckpoint: Bool)
    throws
  {
    try withSharingPair { pair in
      try pair.writeCheckpoint { _ in true }
      let names = ["written:L0.input", "dK.written:L1.mlp", "dQ.written:L3.input", "dK.written:embed"]
      let parts =
        names.compactMap { WrittenPart.named($0) } + (isCheckpoint ? [WrittenPart.named("written:L0.scale") ?? []] : [])
      let interventions = parts.flatMap { part in
        [nil, [3], [4], [1, 4]].map { Intervention(written: part, layers: $0.map { Set($0) }) }
      }
      let ablation = try ablate(
        base: pair.base, adapted: isCheckpoint ? pair.checkpoint : pair.adapter, prompts: .file(pair.prompts),
        interventions: interventions.filter { $0.layers.map { !$0.isDisjoint(with: [4]) } ?? true },
        options: AblationOptions(hasOverview: false, threads: 2, verifiedPrompts: 2))
      let verification = try #require(ablation.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
    }
  }

  /// Of layers alone that no other reads nothing but queries can differ in those that read others'.
  @Test func `Structural zeros follow the layer that keys are of`() throws {
    try withSharingPair(targets: { layer, name in layer == 2 && name == "self_attn.k_proj" }) { pair in
      let analysis = try analysis(pair) { $0.verifiedPrompts = 1 }
      #expect(analysis.verification?.passed == true)
      for block in analysis.blocks {
        let (layer, zero) = (block.layer, block.raw[.dKtQ].zero)
        // Layer 4 reads what layer 1 made of a stream that nothing had changed.
        #expect((zero == .structural) == ![2, 3].contains(layer), "L\(layer): \(String(describing: zero))")
        #expect((block.raw[.KtdQ].zero == .structural) == (layer < 3))
        #expect(block.raw[.dKtdQ].zero == .structural || layer == 3)
      }
      for row in try #require(analysis.sources) where row.layer == 3 && row.head != nil {
        #expect(row.dKtQ.own.rms > 0 && row.dKtQ.inherited.rms == 0 && row.KtdQ.own.rms == 0)
      }
    }
  }

  @Test func `A changed factor moves every later layer`() throws {
    try withSharingPair { pair in
      // The next norm alone would undo it, but for rounding.
      try pair.writeCheckpoint {
        ["model.layers.1.layer_scalar", "model.layers.2.input_layernorm.weight"].contains($0)
      }
      let analysis = try analysis(pair, of: pair.checkpoint) { $0.verifiedPrompts = 2 }
      #expect(
        analysis.verification?.passed == true,
        "\(analysis.verification?.worst.max { $0.difference < $1.difference }.debugDescription ?? "")")
      #expect(analysis.adapted.targets == ["input_layernorm", "layer_scalar"])
      for row in analysis.stream { #expect((row.relative > 0) == (row.layer > 1)) }
      try pair.writeCheckpoint { $0 == "model.embed_tokens_per_layer.weight" }
      let given = try self.analysis(pair, of: pair.checkpoint) { $0.verifiedPrompts = 2 }
      #expect(given.verification?.passed == true)
      for row in given.stream { #expect((row.relative > 0) == (row.layer > 0)) }
    }
  }

  @Test func `Parts of layers that share are left out as plain runs leave them out`() throws {
    try withSharingPair { pair in
      let parts = ["dK", "dV.inherited", "dQ.own", "scores", "values"].compactMap { Part.named($0) }
      let interventions = parts.flatMap { part in
        [[1], [2], [3], [4], [1, 4]].map { Intervention(dropping: part, layers: Set($0)) }
      }
      let mask = Intervention(mask: MaskPlan(.after, sites: [.k: .none]))
      let ablation = try ablate(
        base: pair.base, adapted: pair.adapter, prompts: .file(pair.prompts), interventions: interventions + [mask],
        options: AblationOptions(hasOverview: false, threads: 2, verifiedPrompts: 2))
      let verification = try #require(ablation.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
    }
  }

  @Test func `What files hold of keys and values that nobody reads is left out, and said to be`() throws {
    try withSharingPair { pair in
      let expected = try analysis(pair).blocks
      try pair.addUnused()
      let analysis = try analysis(pair)
      #expect(analysis.blocks == expected)
      #expect(analysis.warnings.contains { $0.contains("model.layers.4.self_attn.k_proj") && $0.contains("left out") })
    }
  }
}
