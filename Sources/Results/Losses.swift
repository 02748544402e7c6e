/// Mean next-token losses in nats on the tokens after the separator (its own prediction excluded), prompt by prompt;
/// nil where no token follows it.
public struct Losses: Sendable, Equatable {
  /// Of the base model.
  public var base: [Double?]
  /// Of the adapted model.
  public var adapted: [Double?]
  /// How far the predictions moved, by region; empty in files from before it was computed.
  public var divergence: [PredictionDivergence]

  /// Losses from their parts.
  public init(base: [Double?], adapted: [Double?], divergence: [PredictionDivergence] = []) {
    self.base = base
    self.adapted = adapted
    self.divergence = divergence
  }

  /// Prompt by prompt, of both models; nil where either is.
  public var pairs: [(base: Double, adapted: Double)?] {
    zip(base, adapted).map { base, adapted in base.flatMap { base in adapted.map { (base, $0) } } }
  }

  /// The means over the prompts that have losses; nil where none has.
  public var mean: (base: Double, adapted: Double)? {
    let known = pairs.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    let count = Double(known.count)
    return (known.reduce(0) { $0 + $1.base } / count, known.reduce(0) { $0 + $1.adapted } / count)
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
