import Architectures
import Checkpoints
import Vocabulary

/// Projections of queries, keys and values, in one step or through latents.
extension ReferenceModel {
  /// What a projection gives, before norms on queries and keys and the rotary embedding, (tokens × heads·d).
  func project(
    _ attention: AttentionDescription, at site: Site, reading x: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    let projection = attention.projection(at: site)
    guard let latent = attention.latent, let step = latent.step(at: site) else {
      return try apply(projection, at: attention.maskedSite(site), to: x)
    }
    let lowered = try apply(Projection(step.linear), at: latent.loweringSite(site), to: x)
    let width = step.norm.width
    let raised = try apply(projection, at: site, to: normalize(lowered.columns(0..<width), step.norm))
    return site == .k ? attention.withRotaryKey(raised, lowered.columns(width..<lowered.width)) : raised
  }
}

/// The change of what comes through a latent, y = B·n(A·x), by its sources.
struct LatentSources {
  /// Of the projection's output; `norm` is what the latent's norm adds.
  let parts: [Source: TokenVectors]

  /// own = dB·n + B·own_n, inherited = B·inherited_n, joint = dB·dn + B·joint_n, norm = B·norm_n, with the sources of n(A·x) behind its
  /// norm; the rotary key has no second step.
  init(
    _ step: LatentAttention.Step, _ attention: AttentionDescription, at site: Site, of model: ReferenceModel,
    base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) {
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    let (lowering, width) = (Projection(step.linear), step.norm.width)
    let loweringSite = attention.latent?.loweringSite(site) ?? site
    let change = try ProjectionChange(lowering, at: loweringSite, of: model, base: x, adapted: adapted)
    let whole: [Source: TokenVectors] = [
      .own: change.own, .inherited: change.inherited, .joint: change.joint,
    ]
    let before = try model.applyBase(lowering, to: x)
    let after = before + change.own + change.inherited + change.joint
    let (latent, changed) = (before.columns(0..<width), after.columns(0..<width))
    let carried = try NormCarrier(step.norm, of: model, base: latent, adapted: changed)
      .carry(whole.mapValues { $0.columns(0..<width) })
    let projection = attention.projection(at: site)
    let n = try unchanged.normalize(latent, step.norm)
    let second = try ProjectionChange(
      projection, at: site, of: model, base: n, adapted: model.normalize(changed, step.norm))
    var parts: [Source: TokenVectors] = [:]
    for (source, part) in carried { parts[source] = try model.base(projection, times: part) }
    parts[.own]?.add(second.own)
    parts[.joint]?.add(second.joint)
    guard site == .k else {
      self.parts = parts
      return
    }
    let rotary = width..<before.width
    let none = TokenVectors(positions: x.positions, width: rotary.count)
    var keys = parts
    for (source, part) in parts {
      keys[source] = attention.withRotaryKey(part, whole[source]?.columns(rotary) ?? none)
    }
    self.parts = keys
  }
}

extension LatentAttention {
  /// The first step of an operand; nil where it has none.
  func step(at site: Site) -> Step? { site == .q ? query : keyValue }

  /// Where the first step is masked: keys and values share it.
  func loweringSite(_ site: Site) -> Site { site == .q ? .q : .k }
}

extension AttentionDescription {
  /// The site whose mask covers an operand's projection.
  func maskedSite(_ site: Site) -> Site { site == .v && valuesAreKeys ? .k : site }

  /// The projection of queries, keys or values.
  func projection(at site: Site) -> Projection { site == .q ? query : site == .k ? key : value }

  /// Width of one head of an operand.
  func dimension(at site: Site) -> Int { site == .v ? valueDimension : headDimension }

  /// Every head's own part of its key, and behind it the part that all share.
  func withRotaryKey(_ own: TokenVectors, _ shared: TokenVectors) -> TokenVectors {
    let still = headDimension - shared.width
    var keys = TokenVectors(positions: own.positions, width: keyValueHeads * headDimension)
    for row in 0..<own.positions.count {
      for head in 0..<keyValueHeads {
        let start = row * keys.width + head * headDimension
        for index in 0..<still { keys.values[start + index] = own.values[row * own.width + head * still + index] }
        for index in 0..<shared.width { keys.values[start + still + index] = shared.values[row * shared.width + index] }
      }
    }
    return keys
  }
}

extension TokenVectors {
  /// Some columns of every row.
  func columns(_ range: Range<Int>) -> TokenVectors {
    var result = TokenVectors(positions: positions, width: range.count)
    for row in 0..<positions.count {
      for (place, column) in range.enumerated() {
        result.values[row * range.count + place] = values[row * width + column]
      }
    }
    return result
  }
}
