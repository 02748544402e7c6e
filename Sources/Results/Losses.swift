/// Mean next-token losses in nats on the tokens after the separator (its own prediction excluded), prompt by prompt;
/// nil where no token follows it.
public struct Losses: Sendable, Equatable {
  /// Of the base model.
  public var base: [Double?]
  /// Of the adapted model.
  public var adapted: [Double?]
  /// How many tokens each prompt's means are over: by these prompts are weighted; nil in files from before they were written, whose
  /// prompts count alike.
  public var tokens: [Int]?
  /// How far the predictions moved, by region; empty in files from before it was computed.
  public var divergence: [PredictionDivergence]

  /// Losses from their parts.
  public init(
    base: [Double?], adapted: [Double?], tokens: [Int]? = nil, divergence: [PredictionDivergence] = []
  ) {
    self.base = base
    self.adapted = adapted
    self.tokens = tokens
    self.divergence = divergence
  }

  /// Prompt by prompt, of both models; nil where either is.
  public var pairs: [(base: Double, adapted: Double)?] {
    zip(base, adapted).map { base, adapted in base.flatMap { base in adapted.map { (base, $0) } } }
  }

  /// Prompt by prompt, both losses and the prompt's weight; nil where it has none.
  public var weighted: [(base: Double, adapted: Double, weight: Double)?] {
    pairs.enumerated().map { index, pair in
      pair.map { ($0.base, $0.adapted, tokens.map { Double($0[index]) } ?? 1) }
    }
  }

  /// The means over all tokens that are judged, as an ablation has them; nil where there are none.
  public var mean: (base: Double, adapted: Double)? {
    let known = weighted.compactMap(\.self)
    let total = known.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return nil }
    return (
      known.reduce(0) { $0 + $1.base * $1.weight } / total, known.reduce(0) { $0 + $1.adapted * $1.weight } / total
    )
  }
}

/// How far the adapted model's predictions lie from the base's: the mean of KL(base ‖ adapted) over the predictions that the
/// tokens of a region make of the token after each, a prompt's last one left out.
public struct PredictionDivergence: Sendable, Equatable, Codable {
  /// The region.
  public var region: String
  /// Number of predictions.
  public var predictions: Int
  /// The mean divergence, in nats.
  public var kl: Double

  /// A divergence from its parts.
  public init(region: String, predictions: Int, kl: Double) {
    self.region = region
    self.predictions = predictions
    self.kl = kl
  }
}
