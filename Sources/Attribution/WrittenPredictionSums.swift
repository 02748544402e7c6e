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
  /// Parts of what a layer's attention wrote: pattern, value, both, output, norm, gate.
  public static let parts = 6
  /// Of the gain, these parts a layer.
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
  ///   - layers: By layer, whether a norm stands on what its attention writes, and whether gates stand before its output projection; nil
  ///     where no attention is.
  public func predictions(writers: [Writer], layers: [(hasNorm: Bool, hasGate: Bool)?]) -> WrittenPredictions {
    let count = Double(max(tokens, 1))
    func mean(_ sums: [Double], _ place: Int) -> Double { sums.indices.contains(place) ? sums[place] / count : 0 }
    func means(_ sums: [Double]) -> [Writer: Double] {
      let others = [Writer(.scale), Writer(.gain), Writer(.head)]
      return Dictionary(uniqueKeysWithValues: (others + writers).enumerated().map { ($1, mean(sums, $0)) })
    }
    var parts: [Writer: WrittenPredictions.AttentionGain] = [:]
    for (layer, shape) in layers.enumerated() {
      guard let shape else { continue }
      var own = WrittenPredictions.AttentionGain()
      let first = Self.parts * layer
      (own.pattern, own.value) = (mean(attention, first), mean(attention, first + 1))
      (own.both, own.output) = (mean(attention, first + 2), mean(attention, first + 3))
      if shape.hasNorm { own.norm = mean(attention, first + 4) }
      if shape.hasGate { own.gate = mean(attention, first + 5) }
      parts[Writer(layer: layer, .attention)] = own
    }
    return WrittenPredictions(tokens: tokens, leftOut: leftOut, nats: means(nats), gain: means(gain), attention: parts)
  }
}
