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
    try self.init(
      attention.key, at: .key, norm: attention.keyNorm, rotary: attention.rotary,
      headDimension: attention.headDimension, of: model, base: x, adapted: adapted)
  }

  /// The sources of dq.
  init(
    queriesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(
      attention.query, at: .query, norm: attention.queryNorm, rotary: attention.rotary,
      headDimension: attention.headDimension, of: model, base: x, adapted: adapted)
  }

  /// The sources of dv.
  init(
    valuesOf attention: AttentionDescription, of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    try self.init(
      attention.value, at: .value, norm: nil, rotary: nil, headDimension: attention.headDimension, of: model,
      base: x, adapted: adapted)
  }

  private init(
    _ projection: Projection, at site: ReferenceSite, norm: Norm?, rotary: Rotary?, headDimension: Int,
    of model: ReferenceModel, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    let change = try ProjectionChange(projection, at: site, of: model, base: x, adapted: adapted)
    var parts: [ReferenceSource: TokenVectors] = [
      .own: change.own, .inherited: change.inherited, .joint: change.joint,
    ]
    if let norm {
      let y = try model.applyBase(projection, to: x)
      parts = try NormCarrier(norm, of: model, base: y, adapted: y + change.own + change.inherited + change.joint)
        .carry(parts)
    }
    self.parts = parts.mapValues { part in
      var turned = part
      rotary?.turn(&turned, headDimension: headDimension)
      return turned.byHead(headDimension: headDimension)
    }
  }
}

/// Carries the parts of dy through a norm N.
///
/// N(y + dy) − N(y) = Σ g·(part − its mean)/r′ + dg·(y′ − mean′)/r′ + db + remainder, with r′ the adapted run's own divisor. The
/// changes of gain and bias are the layer's own; the remainder is g·(y − mean)·(1/r′ − 1/r). A mean is subtracted in a layer norm alone.
private struct NormCarrier {
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
