import Architectures
import Checkpoints
import Vocabulary

/// The change of one operand by its sources, each carried through norm and rotary embedding.
struct OperandSources {
  /// (heads × tokens × d) each; `norm` only where there is one.
  var parts: [Source: [Double]]
  /// Parts of what the projection reads, carried through projection, norm and rotary embedding likewise, as they were given.
  private(set) var pieces: [[Double]] = []

  /// The sources of dk.
  init(
    keysOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors,
    carrying pieces: [TokenVectors] = []
  ) throws(CheckpointError) {
    try self.init(at: .k, attention, of: model, base: x, adapted: adapted, carrying: pieces)
  }

  /// The sources of dq.
  init(
    queriesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors,
    carrying pieces: [TokenVectors] = []
  ) throws(CheckpointError) {
    try self.init(at: .q, attention, of: model, base: x, adapted: adapted, carrying: pieces)
  }

  /// The sources of dv.
  init(
    valuesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(at: .v, attention, of: model, base: x, adapted: adapted)
  }

  private init(
    at site: Site, _ attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors,
    adapted: TokenVectors, carrying read: [TokenVectors] = []
  ) throws(CheckpointError) {
    var pieces: [TokenVectors] = []
    for piece in read { pieces.append(try model.base(attention.projection(at: site), times: piece)) }
    var parts: [Source: TokenVectors]
    if let step = attention.latent?.step(at: site) {
      parts = try LatentSources(step, attention, at: site, of: model, base: x, adapted: adapted).parts
    } else {
      let change = try ProjectionChange(
        attention.projection(at: site), at: attention.maskedSite(site), of: model, base: x, adapted: adapted)
      parts = [.own: change.own, .inherited: change.inherited, .joint: change.joint]
    }
    // Where both runs stand: what is not linear is carried from there.
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    var base = try unchanged.project(attention, at: site, reading: x)
    var changed = Source.allCases.compactMap { parts[$0] }.reduce(base) { $0 + $1 }
    let steps = OperandSteps(attention, at: site, positionIDs: model.positionIDs)
    for step in steps.steps {
      let (before, after) = (base, changed)
      base = try steps.apply(step, to: before, of: unchanged)
      changed = try steps.apply(step, to: after, of: model)
      switch step {
      case .norm(let norm):
        let carrier = try NormCarrier(norm, of: model, base: before, adapted: after)
        parts = carrier.carry(parts)
        pieces = pieces.map(carrier.carry)
      case .clip(let bound):
        let secants = clipSecants(before, after, bound)
        parts = parts.mapValues { $0 * secants }
        pieces = pieces.map { $0 * secants }
      case .rotary, .scale:
        parts = parts.mapValues { steps.linear(step, $0) }
        pieces = pieces.map { steps.linear(step, $0) }
      }
    }
    self.parts = parts.mapValues { $0.byHead(headDimension: attention.dimension(at: site)) }
    self.pieces = pieces.map { $0.byHead(headDimension: attention.dimension(at: site)) }
  }
}

/// What a clip's output changes for each unit of its input; the slope where nothing changes.
private func clipSecants(_ base: TokenVectors, _ adapted: TokenVectors, _ bound: Double) -> TokenVectors {
  func clipped(_ x: Double) -> Double { min(max(x, -bound), bound) }
  var secants = base
  for (index, (x, other)) in zip(base.values, adapted.values).enumerated() {
    let isWhole = abs(x) <= bound && (x == other || abs(other) <= bound)
    secants.values[index] = isWhole ? 1 : x == other ? 0 : (clipped(other) - clipped(x)) / (other - x)
  }
  return secants
}

/// Carries the parts of dy through a norm N.
///
/// N(y + dy) − N(y) = Σ g·(part − its mean)/r′ + dg·(y′ − mean′)/r′ + db + remainder, with r′ the adapted run's own divisor. The
/// changes of gain and bias are the layer's own; the remainder is g·(y − mean)·(1/r′ − 1/r). A mean is subtracted in a layer norm alone.
struct NormCarrier {
  let norm: Norm
  let parameters: NormParameters
  let base: TokenVectors
  let adapted: TokenVectors

  init(
    _ norm: Norm, of model: ReferenceModel, base: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    self.norm = norm
    self.base = base
    self.adapted = adapted
    parameters = try model.parameters(of: norm)
  }

  /// One part, carried.
  func carry(_ part: TokenVectors) -> TokenVectors { carry([.inherited: part])[.inherited] ?? part }

  /// What dividing by another length adds, and what a changed gain or bias does.
  var rest: (length: TokenVectors, gain: TokenVectors) {
    let nothing = TokenVectors(positions: base.positions, width: base.width)
    let carried = carry([.own: nothing])
    return (carried[.norm] ?? nothing, carried[.own] ?? nothing)
  }

  /// The carried parts with the remainder as `norm`.
  func carry(_ parts: [Source: TokenVectors]) -> [Source: TokenVectors] {
    var carried = parts
    var remainder = TokenVectors(positions: base.positions, width: base.width)
    for (row, position) in base.positions.enumerated() {
      for group in stride(from: 0, to: base.width, by: norm.width) {
        let features = row * base.width + group..<row * base.width + group + norm.width
        let before = norm.moments(of: base.values[features])
        let after = norm.moments(of: adapted.values[features])
        for (source, part) in parts {
          let mean = norm.kind == .layer ? part.values[features].reduce(0, +) / Double(norm.width) : 0
          for (offset, index) in features.enumerated() {
            carried[source]?.values[index] =
              parameters.baseGain(group + offset) * (part.values[index] - mean) / after.root
          }
        }
        for (offset, index) in features.enumerated() {
          let feature = group + offset
          remainder.values[index] =
            parameters.baseGain(feature) * (base.values[index] - before.mean) * (1 / after.root - 1 / before.root)
          carried[.own]?.values[index] +=
            parameters.gainChange(feature, at: position) * (adapted.values[index] - after.mean) / after.root
            + parameters.biasChange(feature, at: position)
        }
      }
    }
    carried[.norm] = remainder
    return carried
  }
}
