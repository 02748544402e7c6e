import Results

extension DivergenceTable {
  /// The rows as a report has them, with their intervals where prompts were kept.
  public func rows(regions: [String]) -> [AttentionDivergence] {
    rows().map { row in
      let place = row.place
      var result = AttentionDivergence(
        at: Place(place, regions: regions), count: place.queries)
      let count = Double(max(place.queries, 1))
      result.divergence = row.sums.divergence / count
      result.terms = Term.allCases.map { row.sums[$0] / count }
      if row.sums.trainedSinks > 0 { result.sink = row.sums.sink / count }
      result.competition = row.competition
      result.dKtQ = SourceNats(row.sums.keySources / count, hasNorm: row.hasNorm.key)
      result.KtdQ = SourceNats(row.sums.querySources / count, hasNorm: row.hasNorm.query)
      if let prompts = row.prompts {
        result.divergenceInterval = prompts.divergenceInterval
        result.shareIntervals = Term.allCases.map(prompts.shareInterval)
      }
      return result
    }
  }
}

extension SourceNats {
  fileprivate init(_ nats: SIMD4<Double>, hasNorm: Bool) {
    self.init(own: nats[0], inherited: nats[1], joint: nats[2], norm: hasNorm ? nats[3] : nil)
  }
}
