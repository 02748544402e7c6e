extension ReferenceRun {
  /// Mean cross-entropy, in nats, of the tokens after the separator; the separator's own prediction is not among them.
  ///
  /// The logits of `separator ..< tokens.count - 1` must have been asked for.
  /// - Returns: Nil where no token follows the separator.
  package func meanLoss(tokens: [Int], separator: Int) -> Double? {
    meanLoss(tokens: tokens, predicted: separator + 1..<max(tokens.count, separator + 1))
  }

  /// Mean cross-entropy, in nats, of some tokens, each predicted from those before it.
  ///
  /// The logits of the position before each of them must have been asked for.
  /// - Returns: Nil where there are none.
  package func meanLoss(tokens: [Int], predicted: Range<Int>) -> Double? {
    guard !predicted.isEmpty, !logitPositions.isEmpty else { return nil }
    let sum = predicted.reduce(0) { $0 - logProbabilities(after: $1 - 1)[tokens[$1]] }
    return sum / Double(predicted.count)
  }

  /// Mean cross-entropies of several runs, in nats, over those of some tokens that every run's vocabulary has.
  ///
  /// The logits of the position before each of them must have been asked for.
  /// - Returns: Nil where there are none.
  package static func meanLosses(
    _ runs: [ReferenceRun], tokens: [Int], predicted: some Sequence<Int>
  ) -> (losses: [Double], tokens: [Int])? {
    let known = known(runs, tokens, predicted)
    guard !known.isEmpty else { return nil }
    let losses = runs.map { run in
      known.reduce(0) { $0 - run.logProbabilities(after: $1 - 1)[tokens[$1]] } / Double(known.count)
    }
    return (losses, known)
  }

  /// The positions of tokens that every run can predict.
  private static func known(_ runs: [ReferenceRun], _ tokens: [Int], _ predicted: some Sequence<Int>) -> [Int] {
    predicted.filter { position in
      runs.allSatisfy { run in
        let logits = run.logits(at: position - 1)
        return tokens[position] < logits.count && logits[logits.startIndex + tokens[position]] > -.infinity
      }
    }
  }

  /// Logits of the prediction that is made at a position, (vocabulary).
  func logits(at position: Int) -> ArraySlice<Double> {
    precondition(logitPositions.contains(position), "logits of every position before a prediction")
    let vocabulary = logits.count / logitPositions.count
    let start = (position - logitPositions.lowerBound) * vocabulary
    return logits[start..<start + vocabulary]
  }

  /// ln p of every token after a position, (vocabulary).
  func logProbabilities(after position: Int) -> [Double] { ReferenceForward.logProbabilities(logits(at: position)) }

  /// The likeliest token after a position; the first of several.
  func likeliestToken(after position: Int) -> Int {
    let row = Array(logits(at: position))
    return row.indices.reduce(0) { row[$1] > row[$0] ? $1 : $0 }
  }

  /// KL(p ‖ p′) = Σ p·(ln p − ln p′) in nats, p this run's prediction after a position and p′ another's, both over the tokens
  /// that both vocabularies have.
  func divergence(of other: ReferenceRun, after position: Int) -> Double {
    let shared = zip(logits(at: position), other.logits(at: position)).filter { $0 > -.infinity && $1 > -.infinity }
    let own = ReferenceForward.logProbabilities(shared.map(\.0))
    let others = ReferenceForward.logProbabilities(shared.map(\.1))
    return zip(own, others).reduce(0) { $0 + exponential($1.0) * ($1.0 - $1.1) }
  }
}

/// How far the adapted model's predictions lie from the base's, by region: the mean of KL(base ‖ adapted), in nats, over
/// a region's tokens, each with its prediction of the token that follows it.
///
/// Tokens whose logits were not asked for in both runs do not count.
package struct ReferencePredictionShift: Sendable {
  private var sums: [Int: (divergence: Double, tokens: Int)] = [:]

  /// Nothing yet.
  package init() {}

  /// The mean divergence and the number of tokens it is over, by region.
  package var regions: [Int: (divergence: Double, tokens: Int)] {
    sums.mapValues { ($0.divergence / Double($0.tokens), $0.tokens) }
  }

  /// Adds one prompt.
  package mutating func add(base: ReferenceRun, adapted: ReferenceRun, regions: [Int?]) {
    for position in base.logitPositions where adapted.logitPositions.contains(position) {
      guard let region = regions[position] else { continue }
      sums[region, default: (0, 0)].divergence += base.divergence(of: adapted, after: position)
      sums[region, default: (0, 0)].tokens += 1
    }
  }
}
