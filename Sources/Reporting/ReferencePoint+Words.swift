import Results

extension ReferencePoint {
  /// "the base".
  var name: String {
    switch self {
    case .base: "the base"
    case .adapted: "the adapted model"
    case .midpoint: "the midpoint"
    }
  }

  /// What it means for the terms, in words.
  var explanation: String {
    switch self {
    case .base: "\(name): dKᵀQ is taken under the base's queries, KᵀdQ over the base's keys"
    case .adapted:
      "\(name): dKᵀQ is taken under its queries, KᵀdQ over its keys, and dKᵀdQ is what both then count twice, taken off"
    case .midpoint:
      "\(name): dKᵀQ and KᵀdQ hold half of dKᵀdQ each, which makes them Shapley values and leaves dKᵀdQ zero"
    }
  }
}
