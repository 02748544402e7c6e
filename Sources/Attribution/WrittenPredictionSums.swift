import Results

/// Sums over judged predictions from which follows who wrote what they gain.
public struct WrittenPredictionSums: Sums {
  /// Judged tokens that both models have.
  public var tokens = 0
  /// Those that only one has.
  public var leftOut = 0
  /// Of the divergence: what another length adds, a changed norm, the head's own change, then every writer.
  public var nats: [Double] = []
  /// Of the gain, likewise.
  public var gain: [Double] = []
  /// Of the gain, five parts a layer: pattern, value, both, output, norm.
  public var attention: [Double] = []

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other predictions.
  public mutating func merge(_ later: Self) {
    (tokens, leftOut) = (tokens + later.tokens, leftOut + later.leftOut)
    nats.add(later.nats)
    gain.add(later.gain)
    attention.add(later.attention)
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&tokens)
    try coder.code(&leftOut)
    try coder.code(&nats)
    try coder.code(&gain)
    try coder.code(&attention)
  }

  /// The means as a report has them.
  /// - Parameters:
  ///   - writers: All writers, in their order.
  ///   - hasNorm: By layer, whether a norm stands on what its attention writes.
  public func predictions(writers: [Writer], hasNorm: [Bool]) -> WrittenPredictions {
    let count = Double(max(tokens, 1))
    func mean(_ sums: [Double], _ place: Int) -> Double { sums.indices.contains(place) ? sums[place] / count : 0 }
    func means(_ sums: [Double]) -> [Writer: Double] {
      let others = [Writer(.scale), Writer(.gain), Writer(.head)]
      return Dictionary(uniqueKeysWithValues: (others + writers).enumerated().map { ($1, mean(sums, $0)) })
    }
    var parts: [Writer: WrittenPredictions.AttentionGain] = [:]
    for layer in hasNorm.indices {
      var own = WrittenPredictions.AttentionGain()
      (own.pattern, own.value) = (mean(attention, 5 * layer), mean(attention, 5 * layer + 1))
      (own.both, own.output) = (mean(attention, 5 * layer + 2), mean(attention, 5 * layer + 3))
      if hasNorm[layer] { own.norm = mean(attention, 5 * layer + 4) }
      parts[Writer(layer: layer, .attention)] = own
    }
    return WrittenPredictions(tokens: tokens, leftOut: leftOut, nats: means(nats), gain: means(gain), attention: parts)
  }
}
