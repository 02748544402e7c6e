import Architectures
import Checkpoints
import Vocabulary

/// Where a product stands in a layer.
package enum ReferenceProductSite: Hashable, Sendable {
  /// A projection's W·x.
  case projection(Site)
  /// activation(gate) × up.
  case gateUp
  /// σ(g) ⊙ z on an attention's way out.
  case gateZ
  /// A projection of a recurrence, by its own name.
  case named(String)

  /// "q", "k", …, "gateUp".
  package var name: String {
    switch self {
    case .projection(let site): site.rawValue
    case .gateUp: "gateUp"
    case .gateZ: "gateZ"
    case .named(let name): name
    }
  }
}

/// The change of every other product of a layer, from pairs of plain runs: dW·x, W·dx and dW·dx of each projection, and
/// dG·U, G·dU and dG·dU of G × U with G the activated gate.
///
/// The mask multiplies the terms with dW. Everything is taken before bias, norm and rotary embedding, so a change of a bias is
/// in none of the three. An MLP without a gate has neither `gate` nor `gateUp`.
package struct ReferenceProducts: Sendable {
  /// Layer, site and region of the tokens.
  package struct Key: Hashable, Sendable {
    /// The layer.
    package var layer: Int
    /// Which product.
    package var site: ReferenceProductSite
    /// Region of the tokens.
    package var region: Int

    /// A key.
    package init(layer: Int, site: ReferenceProductSite, region: Int) {
      self.layer = layer
      self.site = site
      self.region = region
    }
  }

  private var sums: [Key: (sums: ReferenceVectorSums, tokens: Int)] = [:]

  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// The rows; the terms are dW·x, W·dx and dW·dx (dG·U, G·dU and dG·dU).
  package var rows: [Key: ReferenceVectorRow] { sums.mapValues { $0.sums.row(count: $0.tokens) } }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept.
  ///   - adapted: The adapted model's run on the same tokens, likewise.
  ///   - model: The adapted model with its masks.
  ///   - regions: The region of each token, nil for a token in none.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, regions: [Int?]
  ) throws(CheckpointError) {
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    for (index, layer) in model.model.description.layers.enumerated() {
      let (a, b) = (base.layers[index].details, adapted.layers[index].details)
      let before = try layer.mlp.map { mlp throws(CheckpointError) in
        try MLPFactors(mlp, of: unchanged, reading: a.mlpInput)
      }
      let after = try layer.mlp.map { mlp throws(CheckpointError) in
        try MLPFactors(mlp, of: model, reading: b.mlpInput)
      }
      var inputs: [Site: (TokenVectors, TokenVectors)] = [
        .q: (a.attentionInput, b.attentionInput), .k: (a.attentionInput, b.attentionInput),
        .v: (a.attentionInput, b.attentionInput), .o: (a.mixed, b.mixed),
        .gate: (a.mlpInput, b.mlpInput), .up: (a.mlpInput, b.mlpInput),
      ]
      if let before, let after { inputs[.down] = (before.inner, after.inner) }
      try addMixing(layer, index, a, b, model, regions)
      for site in Site.allCases {
        guard let projection = layer.projection(at: site), let (x, other) = inputs[site] else { continue }
        let change = try ProjectionChange(projection, at: site, of: model, base: x, adapted: other, hasBias: false)
        add(change.terms, layer: index, site: .projection(site), regions: regions)
      }
      guard let before, let after, let gate = before.gate, let other = after.gate else { continue }
      let (dG, dU) = (other - gate, after.up - before.up)
      add([dG * before.up, gate * dU, dG * dU], layer: index, site: .gateUp, regions: regions)
    }
  }

  /// What a recurrence or a gate on the heads' outputs has of its own.
  private mutating func addMixing(
    _ layer: LayerDescription, _ index: Int, _ a: ReferenceLayerDetails, _ b: ReferenceLayerDetails,
    _ model: ReferenceModel, _ regions: [Int?]
  ) throws(CheckpointError) {
    if let before = a.gates, let after = b.gates, let gate = layer.attention.gate {
      let (dG, dZ) = (after.factors - before.factors, after.heads - before.heads)
      add([dG * before.heads, before.factors * dZ, dG * dZ], layer: index, site: .gateZ, regions: regions)
      // Gates come from the same projection as queries, with whose rows they are told.
      let change = try ProjectionChange(
        gate, at: .q, of: model, base: a.attentionInput, adapted: b.attentionInput, hasBias: false)
      add(change.terms, layer: index, site: .projection(.q), regions: regions, counts: false)
    }
    guard let recurrence = layer.recurrence else { return }
    let inputs = recurrence.inputs.map { ($0, a.attentionInput, b.attentionInput) }
    for (linear, x, other) in inputs + [(recurrence.output, a.mixed, b.mixed)] {
      let change = try ProjectionChange(
        Projection(linear), at: .recurrence, of: model, base: x, adapted: other, hasBias: false)
      add(change.terms, layer: index, site: .named(linear.name), regions: regions)
    }
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    let terms = try model.convolutionTerms(
      recurrence.convolution, base: unchanged.convolutionInput(recurrence, reading: a.attentionInput),
      adapted: model.convolutionInput(recurrence, reading: b.attentionInput))
    add(terms, layer: index, site: .named(recurrence.convolution.name), regions: regions)
  }

  private mutating func add(
    _ terms: [TokenVectors], layer: Int, site: ReferenceProductSite, regions: [Int?], counts: Bool = true
  ) {
    for (token, region) in regions.enumerated() {
      guard let region else { continue }
      let key = Key(layer: layer, site: site, region: region)
      sums[key, default: (ReferenceVectorSums(at: weight), 0)].sums.add(terms.map { $0.row(token) })
      sums[key, default: (ReferenceVectorSums(at: weight), 0)].tokens += counts ? 1 : 0
    }
  }
}

extension LayerDescription {
  /// The projection of a site; nil for the gate of an MLP that has none, for a mixture without an MLP beside the experts, for what
  /// comes through latents in two steps, for keys and values that are another layer's, and for values that are what keys are.
  fileprivate func projection(at site: Site) -> Projection? {
    switch site {
    case .recurrence: nil
    case .q where !attends, .k where !attends, .v where !attends, .o where !attends: nil
    case .q where attention.latent != nil, .k where attention.latent != nil, .v where attention.latent != nil:
      nil
    case .k where attention.keysOfLayer != nil, .v where attention.keysOfLayer != nil || attention.valuesAreKeys:
      nil
    case .q: attention.query
    case .k: attention.key
    case .v: attention.value
    case .o: Projection(attention.output)
    case .gate: mlp?.gate
    case .up: mlp?.up
    case .down: mlp.map { Projection($0.down) }
    case .router, .expertGate, .expertUp, .expertDown: nil
    }
  }
}

/// The three terms of (W + m·dW)(x + dx) + m·db − W·x, where asked for with the change of the bias in the first.
struct ProjectionChange {
  /// m·(dW·x + db): what the projection's own weights do.
  var own: TokenVectors
  /// W·dx: what comes with its input.
  var inherited: TokenVectors
  /// m·dW·dx.
  var joint: TokenVectors

  /// The three in this order.
  var terms: [TokenVectors] { [own, inherited, joint] }

  init(
    _ projection: Projection, at site: Site, of model: ReferenceModel, base x: TokenVectors,
    adapted: TokenVectors, hasBias: Bool = true
  ) throws(CheckpointError) {
    let dx = adapted - x
    own = try model.change(of: projection, at: site, times: x)
    if hasBias { model.addBiasChange(of: projection, at: site, to: &own) }
    inherited = try model.base(projection, times: dx)
    joint = try model.change(of: projection, at: site, times: dx)
  }
}
