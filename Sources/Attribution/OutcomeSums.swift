import Results

/// Sums over predictions under an intervention.
public struct OutcomeSums: AdditiveSums, Equatable {
  /// Number of predictions.
  public var tokens = 0
  /// Σ of the base's losses.
  public var base = 0.0
  /// Σ of the adapted model's losses.
  public var adapted = 0.0
  /// Σ of the intervened run's losses.
  public var knockout = 0.0
  /// Σ KL(adapted ‖ intervened).
  public var divergence = 0.0
  /// How often the likeliest token is the adapted model's.
  public var agreeing = 0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other predictions.
  public static func += (left: inout OutcomeSums, right: OutcomeSums) {
    left.tokens += right.tokens
    left.base += right.base
    left.adapted += right.adapted
    left.knockout += right.knockout
    left.divergence += right.divergence
    left.agreeing += right.agreeing
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&tokens)
    try coder.code(&base)
    try coder.code(&adapted)
    try coder.code(&knockout)
    try coder.code(&divergence)
    try coder.code(&agreeing)
  }

  /// The means; nil where there are no predictions.
  public var outcome: PredictionOutcome? {
    guard tokens > 0 else { return nil }
    let count = Double(tokens)
    return PredictionOutcome(
      tokens: tokens, base: base / count, adapted: adapted / count, knockout: knockout / count, kl: divergence / count,
      agreement: Double(agreeing) / count)
  }
}
