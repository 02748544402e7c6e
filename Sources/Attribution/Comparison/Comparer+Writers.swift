import Results

extension Comparer {
  /// Whose writing is inherited, for each writer and pair of regions; none unless two analyses say.
  var writers: [AdapterComparison.WriterRow] {
    guard reports.count(where: { $0.analysis?.writers != nil }) > 1 else { return [] }
    return places.flatMap { place in
      byWriter(analyses.map { $0?.writtenShares(place) }).map { writer, shares in
        AdapterComparison.WriterRow(query: place.query, key: place.key, writer: writer, shares: shares)
      }
    }
  }

  /// Who wrote what the predictions gain, likewise.
  var gains: [AdapterComparison.GainRow] {
    guard reports.count(where: { $0.analysis?.writtenPredictions != nil }) > 1 else { return [] }
    let gains = reports.map { $0.analysis?.writtenPredictions?.gain.byPart }
    return byWriter(gains).map { AdapterComparison.GainRow(writer: $0, gains: $1) }
  }

  /// Every writer that any adapter has, in order, with each adapter's number: 0 where it wrote nothing.
  private func byWriter(_ numbers: [[Writer: Double]?]) -> [(Writer, [Double?])] {
    let all = Set(numbers.flatMap { $0.map { Array($0.keys) } ?? [] }).sorted()
    return all.map { writer in (writer, numbers.map { own in own.map { $0[writer] ?? 0 } }) }
  }
}

extension ComparedAnalysis {
  /// By writer, its part of what attention felt in a pair of regions, or in all of them, over all heads and layers; nil where that is not
  /// known.
  fileprivate func writtenShares(_ place: RegionPair) -> [Writer: Double]? {
    guard let writers = analysis.writers, let divergence = sums(place)?.nats?[3] else { return nil }
    var nats: [Writer: Double] = [:]
    for row in writers where row.place.layer == nil && row.place.head == nil {
      guard place == .all || row.place.pair == place else { continue }
      for (writer, value) in row.nats.byPart { nats[writer, default: 0] += value * Double(row.count) }
    }
    return nats.mapValues { divergence > 0 ? $0 / divergence : 0 }
  }
}

extension [Writer: Double] {
  /// Heads with their attention. In the order of the writers, so that sums are the same each time.
  fileprivate var byPart: [Writer: Double] {
    var parts: [Writer: Double] = [:]
    for (writer, value) in sorted(by: { $0.key < $1.key }) { parts[writer.whole, default: 0] += value }
    return parts
  }
}
