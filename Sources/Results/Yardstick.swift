/// What the changes of a pair of regions are measured in: heads, layers and terms are ranked by it.
package enum Yardstick: Sendable, Equatable {
  /// What attention felt, in nats (docs/method.md); scores that nobody attends to do not count.
  case nats
  /// Σ ΔS², for analyses without `attention` and where attention did not move.
  case energy(isCentered: Bool)

  /// That of a pair of regions by its rows over all layers and heads.
  package init(_ felt: AttentionDivergence?, _ pooled: PooledBlock) {
    self = (felt?.divergence ?? 0) > 0 ? .nats : .energy(isCentered: pooled.isCentered)
  }
}

extension PooledBlock {
  /// Whether a pair of regions with this pooled row is told by centred shares: wherever anything of them is left and the mask leaves
  /// more than one term.
  package var isCentered: Bool { hasCentered && Term.allCases.count { raw[$0].zero == .structural } < 2 }
  /// Whether anything is left of the change once each row's mean is taken off.
  package var hasCentered: Bool { centered.delta.rms > 0 }
}
