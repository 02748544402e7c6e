import Foundation
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LeibnizTesting
@testable import LongRuns
@testable import Measures
@testable import Reporting
@testable import Results
@testable import Subjects

/// Models in which recurrences take turns with attention, whose output may have gates: what must hold of them whatever the numbers are.
@Suite struct HybridTests {
  private func analysis(
    _ pair: HybridPair, of adapted: URL? = nil, _ change: (inout AnalysisOptions) -> Void = { _ in }
  ) throws -> Analysis {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    options.parts = Set(AnalysisPart.allCases)
    change(&options)
    return try analyze(base: pair.base, adapted: adapted ?? pair.adapter, prompts: pair.prompts, options: options)
  }

  private func ablation(
    _ pair: HybridPair, _ interventions: [Intervention], _ change: (inout AblationOptions) -> Void = { _ in }
  ) throws -> Ablation {
    var options = AblationOptions(hasOverview: false, threads: 2)
    change(&options)
    return try ablate(
      base: pair.base, adapted: pair.adapter, prompts: .file(pair.prompts), interventions: interventions,
      options: options)
  }

  @Test(arguments: HybridPair.Kind.allCases, [false, true])
  func `Plain runs verify every part`(kind: HybridPair.Kind, isMasked: Bool) throws {
    try withHybridPair(kind, isMasked: isMasked) { pair in
      for byHead in [false, true] {
        let analysis = try analysis(pair) { ($0.verifiedPrompts, $0.pairs, $0.writersByHead) = (3, 5, byHead) }
        let verification = try #require(analysis.verification)
        #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
        #expect(Set(analysis.blocks.map(\.layer)) == [1, 3], "layers without attention have no scores")
        #expect(try Analysis(json: AnalysisJSON.bytes(analysis), file: "analysis.json") == analysis)
      }
    }
  }

  /// More tokens than a recurrence reads at a time.
  @Test(arguments: HybridPair.Kind.allCases, [false, true])
  func `Plain runs verify long prompts`(kind: HybridPair.Kind, isMasked: Bool) throws {
    try withHybridPair(kind, isMasked: isMasked, tokens: 70) { pair in
      let analysis = try analysis(pair) { $0.verifiedPrompts = 3 }
      #expect(analysis.verification?.passed == true)
    }
  }

  @Test(arguments: HybridPair.Kind.allCases)
  func `Every tensor of a second checkpoint counts`(_ kind: HybridPair.Kind) throws {
    let own =
      kind == .lfm2
      ? ["conv.conv.weight", "conv.conv.bias"] : ["conv1d.weight", "A_log", "dt_bias", "attn.norm.weight"]
    try withHybridPair(kind) { pair in
      for name in own {
        try pair.writeCheckpoint { $0.contains(".0.") && $0.hasSuffix(name) }
        let analysis = try analysis(pair, of: pair.checkpoint) { $0.verifiedPrompts = 3 }
        #expect(analysis.verification?.passed == true, "\(name)")
        #expect(analysis.stream.contains { $0.layer == 1 && $0.relative > 0 }, "\(name)")
      }
      try pair.writeCheckpoint { _ in true }
      #expect(try analysis(pair, of: pair.checkpoint) { $0.verifiedPrompts = 3 }.verification?.passed == true)
    }
  }

  /// A module that an adapter saves whole is what a checkpoint with the same tensors is.
  @Test(arguments: [(HybridPair.Kind.qwen3_5_text, "conv1d"), (.qwen3_5_text, "linear_attn"), (.lfm2, "conv.conv")])
  func `Saved modules of a recurrence count as a checkpoint's`(kind: HybridPair.Kind, module: String) throws {
    try withHybridPair(kind) { pair in
      try pair.writeCheckpoint { $0.contains(".\(module).") }
      try pair.writeSaved(module)
      let (saved, whole) = (try analysis(pair) { $0.verifiedPrompts = 3 }, try analysis(pair, of: pair.checkpoint))
      #expect(saved.verification?.passed == true)
      #expect(saved.blocks == whole.blocks && saved.loss == whole.loss)
      #expect(saved.stream.contains { $0.relative > 0 })
      let weights = try analyzeWeights(base: pair.base, adapted: pair.adapter)
      let sites = Set(weights.weights.filter { $0.layer == 0 && $0.frobenius > 0 }.map(\.site))
      let numbers: Set =
        kind == .lfm2 ? ["conv", "conv.bias"] : module == "conv1d" ? ["conv1d"] : ["conv1d", "A_log", "dt_bias"]
      #expect(numbers.isSubset(of: sites), "\(sites)")
    }
  }

  @Test func `What saved modules promise is there, and nothing else`() throws {
    try withHybridPair(.qwen3_5_text) { pair in
      try pair.writeSaved("linear_attn") { $0.hasSuffix("layers.2.linear_attn.A_log") }
      #expect(try error(pair).contains("modules_to_save"))
      try pair.writeSaved("conv1d")
      let config = pair.adapter.appending(path: "adapter_config.json")
      let text = try String(contentsOf: config, encoding: .utf8)
      try Data(text.replacing("conv1d", with: "o_proj").utf8).write(to: config)
      #expect(try error(pair).contains("modules_to_save"))
      try Data(text.utf8).write(to: config)
      var random = SeededRandom(seed: 3)
      let misshapen = [0, 2].map {
        random.matrix("base_model.model.model.layers.\($0).linear_attn.conv1d.weight", 3, 4, deviation: 1)
      }
      try pair.writeAdapter(misshapen, members: #""target_modules": ["q_proj"], "modules_to_save": ["conv1d"]"#)
      #expect(try error(pair).contains("layers.0.linear_attn.conv1d.weight"))
    }
  }

  /// The library's models read a convolution's weight past PEFT's wrapper.
  @Test func `A low-rank part of a convolution is left out, and said to be`() throws {
    try withHybridPair(.qwen3_5_text) { pair in
      var random = SeededRandom(seed: 3)
      let name = "base_model.model.model.layers.0.linear_attn.conv1d"
      let parts = [
        random.matrix("\(name).lora_A.weight", 8, 8, deviation: 1),
        random.matrix("\(name).lora_B.weight", 8, 8, deviation: 1),
      ]
      try pair.writeAdapter(parts, members: #""target_modules": ["q_proj", "conv1d"]"#)
      let analysis = try analysis(pair)
      #expect(analysis.blocks.allSatisfy { $0.raw.delta.maxAbs == 0 })
      #expect(analysis.warnings.contains { $0.contains("linear_attn.conv1d is left out") })
      #expect(!analysis.warnings.contains { $0.contains("no module named") })
    }
  }

  private func error(_ pair: HybridPair) throws -> String {
    try String(describing: #require(throws: (any Error).self) { try analysis(pair) })
  }

  @Test(arguments: HybridPair.Kind.allCases) func `An adapter of zeros changes nothing`(_ kind: HybridPair.Kind) throws
  {
    try withHybridPair(kind, size: 0) { pair in
      let analysis = try analysis(pair)
      #expect(analysis.blocks.allSatisfy { $0.raw.delta.maxAbs == 0 })
      #expect(analysis.stream.allSatisfy { $0.relative == 0 })
      #expect(analysis.loss?.base == analysis.loss?.adapted)
      #expect((analysis[rows: RecurrenceChange.self] ?? []).allSatisfy { $0.delta == 0 })
      #expect((analysis.products ?? []).allSatisfy { $0.delta == 0 })
    }
  }

  /// A masked prefix leaves no trace in any state before the separator, also where every row is computed.
  @Test(arguments: HybridPair.Kind.allCases) func `Nothing changes before a mask begins`(_ kind: HybridPair.Kind) throws
  {
    try withHybridPair(kind, isMasked: true) { pair in
      let analysis = try analysis(pair)
      #expect(analysis.stream.allSatisfy { $0.region == "after" || $0.relative == 0 })
      #expect(analysis.stream.contains { $0.relative > 0 })
      let rows = analysis[rows: RecurrenceChange.self] ?? []
      #expect(rows.allSatisfy { $0.region == "after" ? $0.delta > 0 : $0.delta == 0 })
      #expect(rows.count == (kind == .lfm2 ? 0 : 2 * HybridPair.valueHeads * 2))
      for block in analysis.blocks where block.key == "before" {
        #expect(block.raw[.dKtQ].zero == .structural && block.raw[.dKtdQ].zero == .structural)
      }
      #expect((analysis.products ?? []).allSatisfy { $0.region == "after" || $0.delta == 0 })
    }
  }

  @Test func `Shares of what is read sum to one, and products have the names of projections`() throws {
    try withHybridPair(.qwen3_5_text) { pair in
      let analysis = try analysis(pair)
      for row in try #require(analysis[rows: RecurrenceChange.self]) {
        #expect(abs(row.dSQ.share + row.SdQ.share + row.dSdQ.share - 1) < 1e-6)
        #expect(row.queries > 0 && row.delta > 0)
      }
      let products = try #require(analysis.products)
      let ofStates: Set<ProductChange.Site> = [
        .inQueryKeyValue, .inGate, .inStrength, .inDecay, .out, .convolution, .gate, .up, .gateUp, .down,
      ]
      #expect(Set(products.filter { $0.layer == 0 }.map(\.site)) == ofStates)
      #expect(
        Set(products.filter { $0.layer == 1 }.map(\.site)) == [.q, .k, .v, .o, .gateZ, .gate, .up, .gateUp, .down])
      #expect(products.filter { $0.site == .gateZ }.allSatisfy { abs($0.parts.reduce(0) { $0 + $1.share } - 1) < 1e-6 })
      let predictions = try #require(analysis.writtenPredictions)
      #expect(Set(predictions.attention.keys.map(\.name)) == ["L1.attention", "L3.attention"])
      for (writer, parts) in predictions.attention {
        let sum = parts.parts.reduce(0) { $0 + $1.gain }
        #expect(parts.gate != nil && abs(sum - (predictions.gain[writer] ?? 0)) < 1e-5)
      }
      #expect(predictions.gain.keys.contains(Writer(layer: 0, .recurrence)))
    }
  }

  @Test func `Threads change no bit, and batches no more than rounding`() throws {
    for kind in HybridPair.Kind.allCases {
      try withHybridPair(kind) { pair in
        let one = try analysis(pair) { $0.threads = 1 }
        let other = try analysis(pair) { $0.threads = 3 }
        #expect(one.blocks.map(\.raw.delta.rms) == other.blocks.map(\.raw.delta.rms))
        #expect(one[rows: RecurrenceChange.self] == other[rows: RecurrenceChange.self])
        #expect(one.loss?.adapted == other.loss?.adapted)
        let cut = try analysis(pair) { $0.batchTokens = 16 }
        for (left, right) in zip(one.blocks, cut.blocks) {
          #expect(abs(left.raw.delta.rms - right.raw.delta.rms) <= 1e-5 * left.raw.delta.rms)
        }
        for (left, right) in zip(one[rows: RecurrenceChange.self] ?? [], cut[rows: RecurrenceChange.self] ?? []) {
          #expect(abs(left.delta - right.delta) <= 1e-5 * left.delta)
        }
      }
    }
  }

  @Test(arguments: HybridPair.Kind.allCases, [false, true])
  func `What is left out of attention is verified behind recurrences`(kind: HybridPair.Kind, isMasked: Bool) throws {
    try withHybridPair(kind, isMasked: isMasked) { pair in
      let result = try ablation(
        pair,
        [
          Intervention(dropping: [.dKtQ]), Intervention(dropping: Part.values, layers: [1]),
          Intervention(dropping: Part.scores, from: "after", to: "before"), Intervention(dropping: [.ownKeys]),
          .twoViews,
        ]
      ) { $0.verifiedPrompts = 3 }
      let verification = try #require(result.verification)
      #expect(verification.passed, "\(verification.worst.filter { $0.difference > 1e-3 })")
    }
  }

  @Test func `What has no scores has none to leave out`() throws {
    try withHybridPair(.qwen3_5_text) { pair in
      for (intervention, text) in [
        (Intervention(dropping: [.dKtQ], layers: [0, 2]), "name some of 1, 3"),
        (Intervention(dropping: [.dKtQ], heads: [.init(layer: 0, head: 0)]), "layer 0 is a recurrence"),
      ] {
        let error = try #require(#expect(throws: InterventionError.self) { try ablation(pair, [intervention]) })
        #expect("\(error)".contains(text), "\(error)")
      }
    }
  }

  @Test func `Recurrences have a mask of their own`() throws {
    try withHybridPair(.qwen3_5_text) { pair in
      let whole = try analysis(pair)
      let analysis = try analysis(pair) { ($0.siteMasks, $0.verifiedPrompts) = ([.recurrence: .off], 3) }
      #expect(analysis.verification?.passed == true && analysis.mask == "auto; recurrence:off")
      let products = try #require(analysis.products).filter { $0.layer == 2 && $0.site == .inQueryKeyValue }
      #expect(products.allSatisfy { $0.first.rms == 0 && $0.second.rms > 0 })
      let rows = try #require(analysis[rows: RecurrenceChange.self]).filter { $0.layer == 0 }
      #expect(rows.allSatisfy { $0.delta == 0 })
      #expect(whole.loss?.adapted != analysis.loss?.adapted)
    }
  }
}
