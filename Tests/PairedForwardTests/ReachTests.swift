import Architectures
import Checkpoints
import LeibnizTesting
import OracleFixtures
import ReferenceForward
import Testing
import Vocabulary

@testable import PairedForward

/// What can differ: the engine's flags against a look at every pair, and against what really differs.
@Suite struct ReachTests {
  private static let modules = [
    "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj", "norm", "embed",
  ]

  private func adaptation(_ model: ModelDescription, _ samples: inout Samples) -> Adaptation {
    let names = Self.modules.filter { _ in samples.below(3) == 0 }
    let parts = DrawnParts(rawValue: samples.below(32))
    let layer = samples.below(3)
    return Adaptation.drawn(for: model, seed: samples.below(1000), size: 0.3, parts) { module in
      names.contains { module.contains($0) } && (layer == 2 || !module.contains("layers.\(layer)."))
    }
  }

  /// Mostly nothing, so that a change has somewhere to spread to.
  private func mask(_ count: Int, _ samples: inout Samples) -> ChangeMask {
    func tokens() -> TokenMask {
      func weights() -> [Float] { (0..<count).map { _ in samples.below(6) == 0 ? 0.5 : 0 } }
      return TokenMask(lowRank: weights(), other: weights())
    }
    let general = tokens()
    let named = Site.allCases.filter { _ in samples.below(4) == 0 }
    return ChangeMask(general: general, sites: Dictionary(uniqueKeysWithValues: named.map { ($0, tokens()) }))
  }

  @Test(arguments: 0..<60, [nil, 3]) func `Flags are those of every pair`(seed: Int, window: Int?) throws {
    try withTinyModel(.narrow, edit: window.map(windowed) ?? { $0 }) { model in
      var samples = Samples(seed: seed)
      let count = [1, 7, 8, 9, 17][samples.below(5)]
      let tokens = (0..<count).map { _ in samples.below(29) }
      let adaptation = adaptation(model.description, &samples)
      let mask = mask(count, &samples)
      let filter = PartFilter(
        (0..<samples.below(3)).map { _ in
          let drawn = HeadFilter.Clause.drawn(&samples, tokens: count)
          return PartFilter.Clause(
            drawn.parts, layers: samples.below(2) == 0 ? nil : [samples.below(2)],
            heads: samples.below(2) == 0 ? nil : Set((0..<4).map { .init(layer: samples.below(2), head: $0) }),
            queries: drawn.queries.map { [$0] }, keys: drawn.keys.map { [$0] })
        })
      let reach = ChangeReach(
        tokens: tokens, description: model.description, adaptation: adaptation, mask: mask, filter: filter)
      let plain = PlainReach(
        tokens: tokens, description: model.description, adaptation: adaptation, mask: mask, filter: filter)
      #expect(reach.firstChanged == plain.firstChanged)
      for (flags, expected) in zip(reach.layers, plain.layers) {
        #expect(flags.stream == expected.stream && flags.query == expected.query)
        #expect(flags.key == expected.key && flags.value == expected.value)
        let isTouched = [expected.stream, expected.query, expected.key, expected.value].contains { $0.contains(true) }
        // What the projections after the attention change touches a layer, too.
        #expect(!isTouched || flags.isTouched)
      }
      try checkMeasured(reach, model, adaptation, tokens, mask, filter)
    }
  }

  /// Whatever differs in two plain runs is flagged; without filters, and beyond the first token, the other way round too.
  private func checkMeasured(
    _ reach: ChangeReach, _ model: Model, _ adaptation: Adaptation, _ tokens: [Int], _ mask: ChangeMask,
    _ filter: PartFilter
  ) throws {
    guard filter.clauses.isEmpty else { return }
    let base = try ReferenceModel(model: model, adaptation: nil, threads: 1).run(tokens)
    let changed = try ReferenceModel(model: model, adaptation: adaptation, masks: ReferenceMasks(mask), threads: 1)
      .run(tokens)
    for (number, flags) in reach.layers.enumerated() {
      let (before, after) = (base.layers[number], changed.layers[number])
      let places = [
        (flags.stream, before.stream, after.stream, 24, 1), (flags.query, before.queries, after.queries, 6, 4),
        (flags.key, before.keys, after.keys, 6, 2),
      ]
      for (flags, a, b, width, heads) in places {
        for token in tokens.indices {
          let differs = (0..<heads).contains { head in
            let start = (head * tokens.count + token) * width
            return a[start..<start + width] != b[start..<start + width]
          }
          // A pattern over one key is 1 whatever its score.
          #expect(differs == flags[token] || (flags[token] && token == 0), "layer \(number), token \(token)")
        }
      }
    }
  }

  @Test func `A window moves a change by its length less one a layer`() throws {
    var options = TinyPair.Options.narrow
    options.layers = 4
    try withTinyModel(options, edit: windowed(3)) { model in
      let adaptation = Adaptation.drawn(for: model.description, seed: 1)
      let weights = [Float](repeating: 0, count: 17).enumerated().map { $0.offset == 2 ? Float(1) : 0 }
      let reach = ChangeReach(
        tokens: Array(0..<17), description: model.description, adaptation: adaptation,
        mask: ChangeMask(general: TokenMask(lowRank: weights, other: weights)))
      #expect(reach.firstChanged == 2)
      for (number, flags) in reach.layers.enumerated() {
        #expect(flags.stream == (0..<17).map { number > 0 && (2...2 + 2 * number).contains($0) })
        #expect(flags.key == (0..<17).map { (2...2 + 2 * number).contains($0) })
      }
    }
  }

  @Test func `A changed head, or final norm, reaches the logits alone`() throws {
    try withTinyModel(.narrow) { model in
      for (parts, module) in [(DrawnParts.head.union(.lowRank), "lm_head"), (.norms, "model.norm")] {
        let adaptation = Adaptation.drawn(for: model.description, seed: 1, parts) { $0 == module }
        let weights: [Float] = [0, 0, 0, 1, 0]
        let reach = ChangeReach(
          tokens: [1, 2, 3, 4, 5], description: model.description, adaptation: adaptation,
          mask: ChangeMask(general: TokenMask(lowRank: weights, other: weights)))
        #expect(reach.firstChanged == 3)
        #expect(reach.layers.allSatisfy { !$0.isTouched && !$0.stream.contains(true) })
      }
    }
  }
}

/// Where forks part from their origins.
@Suite struct DivergenceTests {
  /// An origin with a mask from token 5 on that leaves the keys' projection alone, on two layers.
  private func divergence(_ clauses: [PartFilter.Clause], modules: [String] = ["q_proj"], window: Int? = nil) throws
    -> Divergence
  {
    try withTinyModel(.narrow, edit: window.map(windowed) ?? { $0 }) { model in
      let adaptation = Adaptation.drawn(for: model.description, seed: 1) { module in
        modules.contains { module.contains($0) }
      }
      let batch = Batch(lengths: [9, 3])
      let reaches = [9, 3].map { count in
        ChangeReach(
          tokens: Array(0..<count), description: model.description, adaptation: adaptation,
          mask: .from(min(5, count), of: count))
      }
      return Divergence(PartFilter(clauses), from: reaches, batch: batch, description: model.description)
    }
  }

  @Test func `Leaving out a structural zero makes no difference`() throws {
    // In layer 0 keys and values cannot change; before token 5 nothing can; in the second prompt nothing ever does.
    let zeros: [PartFilter.Clause] = [
      .init([.dKtQ, .dKtdQ, .PdV, .dPdV], layers: [0]), .init(.scores, queries: [[0..<5], [0..<3]]),
      .init([.dKtQ, .dKtdQ], keys: [[0..<5], [0..<3]]), .init(.scores, queries: [[], [0..<3]]),
      .init(.source(.own, of: .key)), .init(.source(.joint, of: .value)), .init(.source(.norm, of: .query)),
      .init(.source(.inherited, of: .query), layers: [0]), .init(.scores, layers: [7]),
      .init(.scores, heads: [.init(layer: 0, head: 9)]), .init([]),
    ]
    for clause in zeros {
      let result = try divergence([clause])
      #expect(result.layer == nil && result.firstRow == [9, 3], "\(clause)")
    }
    #expect(try divergence(zeros).layer == nil)
  }

  @Test func `A fork begins where a part that can be other than zero is left out`() throws {
    let cases: [(PartFilter.Clause, layer: Int, row: Int)] = [
      (.init(.KtdQ), 0, 5), (.init(.dPV), 0, 5), (.init(.dKtQ), 1, 5), (.init(.PdV), 1, 5), (.init(.dPdV), 1, 5),
      (.init(.KtdQ, layers: [1]), 1, 5), (.init(.KtdQ, queries: [[7..<9], [0..<3]]), 0, 7),
      (.init(.KtdQ, keys: [[6..<7], []]), 0, 6), (.init(.dKtQ, keys: [[8..<9], []]), 1, 8),
      (.init(.scores, heads: [.init(layer: 1, head: 2)], queries: [[6..<9], []]), 1, 6),
      (.init(.source(.own, of: .query)), 0, 5), (.init(.source(.inherited, of: .key)), 1, 5),
      (.init(.source(.joint, of: .query)), 1, 5),
    ]
    for (clause, layer, row) in cases {
      let result = try divergence([clause])
      #expect(result.layer == layer && result.firstRow == [row, 3], "\(clause): \(result)")
    }
    // The first of several, layer and row each on its own.
    let both = try divergence([.init(.KtdQ, layers: [1]), .init(.dPV, layers: [0], queries: [[8..<9], []])])
    #expect(both.layer == 0 && both.firstRow == [5, 3])
  }

  /// Where nothing but the gain of the keys' norm changes, dk is the layer's own in the first layer.
  @Test func `A changed gain of a norm is the layer's own`() throws {
    let oracle = try #require(OracleCase.bundled("qwen3-alora"))
    let description = try Model(folder: oracle.base).description
    let adaptation = Adaptation.drawn(for: description, seed: 1, .norms) { $0.contains("0.self_attn.k_norm") }
    let reach = ChangeReach(
      tokens: Array(0..<9), description: description, adaptation: adaptation, mask: .from(5, of: 9))
    func divergence(_ source: Source) -> Divergence {
      let filter = PartFilter([PartFilter.Clause(.source(source, of: .key), layers: [0])])
      return Divergence(filter, from: [reach], batch: Batch(lengths: [9]), description: description)
    }
    #expect(divergence(.own).layer == 0 && divergence(.own).firstRow == [5])
    #expect(divergence(.inherited).layer == nil && divergence(.joint).layer == nil)
  }

  @Test func `Keys outside the window are left out in vain`() throws {
    // Tokens 5 and 6 are seen up to 7 and 8.
    let far = PartFilter.Clause([.dKtQ, .KtdQ, .dPV], queries: [[8..<9], []], keys: [[0..<6], []])
    #expect(try divergence([far], modules: ["q_proj", "k_proj"], window: 3).layer == nil)
    #expect(try divergence([far], modules: ["q_proj", "k_proj"], window: 4).firstRow == [8, 3])
  }
}

extension ReferenceMasks {
  /// The same weights, in double.
  init(_ mask: ChangeMask) {
    func own(_ mask: TokenMask) -> ReferenceMask {
      ReferenceMask(lowRank: mask.lowRank.map(Double.init), other: mask.other.map(Double.init))
    }
    self.init(own(mask.general), sites: mask.sites.mapValues(own))
  }
}
