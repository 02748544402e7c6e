/// One model's run on one prompt, everything in double precision.
public struct ReferenceRun: Sendable {
  /// The layers, first to last.
  public var layers: [ReferenceLayer]
  /// Logits of the positions that were asked for, (positions × vocabulary), row-major.
  public var logits: [Double]
  /// The positions that were asked for.
  public var logitPositions: Range<Int>
}

/// What one layer sees and does.
public struct ReferenceLayer: Sendable {
  /// The residual stream that enters the layer, (tokens × hidden).
  public var stream: [Double]
  /// Queries as the attention receives them, after bias, norm and rotary embedding, (heads × tokens × d).
  public var queries: [Double]
  /// Keys as the attention receives them, (key-value heads × tokens × d).
  public var keys: [Double]
}

extension ReferenceRun {
  /// Mean cross-entropy, in nats, of the tokens after the separator; the separator's own prediction is not among them.
  ///
  /// The logits of `separator ..< tokens.count - 1` must have been asked for.
  /// - Returns: Nil where no token follows the separator.
  public func meanLoss(tokens: [Int], separator: Int) -> Double? {
    let predicted = separator + 1..<max(tokens.count, separator + 1)
    guard !predicted.isEmpty, !logitPositions.isEmpty else { return nil }
    let vocabulary = logits.count / logitPositions.count
    var sum = 0.0
    for position in predicted {
      precondition(logitPositions.contains(position - 1), "logits of every position before a prediction")
      let start = (position - 1 - logitPositions.lowerBound) * vocabulary
      let row = logits[start..<start + vocabulary]
      let largest = row.max() ?? 0
      let total = row.reduce(0) { $0 + exponential($1 - largest) }
      sum += largest + logarithm(total) - row[start + tokens[position]]
    }
    return sum / Double(predicted.count)
  }
}
