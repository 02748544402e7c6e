/// Where the operands of a product are taken when its change is split into terms.
///
/// From the base a score changes by dkᵀq + kᵀdq + dkᵀdq. From a point on the way to the adapted model, w of it along, it is
/// dkᵀ(q + w·dq) + (k + w·dk)ᵀdq + (1 − 2w)·dkᵀdq: the same change, split otherwise. At the midpoint the term with both is
/// zero, and the other two are the Shapley values of dK and dQ (docs/method.md).
public enum ReferencePoint: String, Sendable, CaseIterable {
  /// The base's operands.
  case base
  /// The adapted model's operands.
  case adapted
  /// Halfway between.
  case midpoint

  /// w, how much of the change the operands hold.
  public var weight: Double {
    switch self {
    case .base: 0
    case .adapted: 1
    case .midpoint: 0.5
    }
  }
}
