import Architectures
import Checkpoints

/// The change of one operand by its sources, each carried through norm and rotary embedding.
struct OperandSources {
  /// (heads × tokens × d) each; `norm` only where there is one.
  var parts: [ReferenceSource: [Double]]

  /// The sources of dk.
  init(
    keysOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(at: .key, attention, of: model, base: x, adapted: adapted)
  }

  /// The sources of dq.
  init(
    queriesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(at: .query, attention, of: model, base: x, adapted: adapted)
  }

  /// The sources of dv.
  init(
    valuesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(at: .value, attention, of: model, base: x, adapted: adapted)
  }

  private init(
    at site: ReferenceSite, _ attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors,
    adapted: TokenVectors
  ) throws(CheckpointError) {
    var parts: [ReferenceSource: TokenVectors]
    if let step = attention.latent?.step(at: site) {
      parts = try LatentSources(step, attention, at: site, of: model, base: x, adapted: adapted).parts
    } else {
      let change = try ProjectionChange(
        attention.projection(at: site), at: site, of: model, base: x, adapted: adapted)
      parts = [.own: change.own, .inherited: change.inherited, .joint: change.joint]
    }
    // Where both runs stand: what is not linear is carried from there.
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    var base = try unchanged.project(attention, at: site, reading: x)
    var changed = ReferenceSource.allCases.compactMap { parts[$0] }.reduce(base) { $0 + $1 }
    let steps = OperandSteps(attention, at: site, positionIDs: model.positionIDs)
    for step in steps.steps {
      let (before, after) = (base, changed)
      base = try steps.apply(step, to: before, of: unchanged)
      changed = try steps.apply(step, to: after, of: model)
      switch step {
      case .norm(let norm):
        parts = try NormCarrier(norm, of: model, base: before, adapted: after).carry(parts)
      case .clip(let bound):
        let secants = clipSecants(before, after, bound)
        parts = parts.mapValues { $0 * secants }
      case .rotary, .scale: parts = parts.mapValues { steps.linear(step, $0) }
      }
    }
    self.parts = parts.mapValues { $0.byHead(headDimension: attention.dimension(at: site)) }
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
  private let norm: Norm
  private let parameters: NormParameters
  private let base: TokenVectors
  private let adapted: TokenVectors

  init(
    _ norm: Norm, of model: ReferenceModel, base: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    self.norm = norm
    self.base = base
    self.adapted = adapted
    parameters = try model.parameters(of: norm)
  }

  /// The carried parts with the remainder as `norm`.
  func carry(_ parts: [ReferenceSource: TokenVectors]) -> [ReferenceSource: TokenVectors] {
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
