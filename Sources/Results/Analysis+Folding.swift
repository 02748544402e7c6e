extension Analysis {
  /// Up to so many regions every pair of them has its rows, whether anything changes there or not.
  package static let mostUnfoldedRegions = 8

  /// Leaves out the rows of pairs of regions in which nothing changes at all: of many regions nearly all pairs may be such, and
  /// their zeros would bury the others. ``unchangedPairs`` counts them.
  package mutating func foldUnchangedPairs() {
    guard regions.count > Self.mostUnfoldedRegions else { return }
    var changed: Set<RegionPair> = []
    func note<Row: ChangingRow>(_ rows: [Row]?) {
      for row in rows ?? [] where row.isChanged { changed.insert(row.regionPair) }
    }
    note(summary)
    for row in mass ?? [] where row.moved != 0 || row.adapted != row.base {
      if let pair = row.place.pair { changed.insert(pair) }
    }
    note(values)
    note(sources)
    note(pairs)
    let all = Set(summary.map(\.regionPair))
    let folded = all.subtracting(changed)
    unchangedPairs = folded.count
    guard !folded.isEmpty else { return }
    blocks.removeAll { folded.contains(RegionPair(query: $0.query, key: $0.key)) }
    summary.removeAll { folded.contains($0.regionPair) }
    measured.remove(folded)
    // Rows of the stream are of one region and named by it twice.
    null?.removeAll { $0.statistic != "stream" && folded.contains(RegionPair(query: $0.query, key: $0.key)) }
    byPrompt?.removeAll { folded.contains(RegionPair(query: $0.query, key: $0.key)) }
  }
}

/// A row of a pair of regions that may say that nothing changes there.
protocol ChangingRow {
  /// Region of the queries.
  var query: String { get }
  /// Region of the keys.
  var key: String { get }
  /// Whether anything of it is other than in the base.
  var isChanged: Bool { get }
}

extension ChangingRow {
  /// Where it stands.
  var regionPair: RegionPair { RegionPair(query: query, key: key) }
}

extension PooledBlock: ChangingRow {
  // Centred, since a score that stays may lose against others that grow.
  var isChanged: Bool { raw.delta.maxAbs != 0 || centered.delta.maxAbs != 0 }
}

extension ValueChange: ChangingRow {
  var isChanged: Bool { delta != 0 }
}

extension TermSources: ChangingRow {
  var isChanged: Bool { (dKtQ.byName + KtdQ.byName).contains { $0.size.rms != 0 } }
}

extension TokenPairs: ChangingRow {
  var isChanged: Bool { !strongest.isEmpty }
}
