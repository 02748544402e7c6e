import Results

/// The rows of a pair of regions, of every part of an analysis, in its order.
struct PairRows {
  var blocks: [Block] = []
  var summary: [PooledBlock] = []
  var attention: [AttentionDivergence] = []
  var mass: [AttentionMass] = []
  /// What sinks take of the queries, with the pair of a region and itself.
  var sinks: [AttentionMass] = []
  var sources: [TermSources] = []
  var values: [ValueChange] = []
  var pairs: [TokenPairs] = []
  var writers: [WriterNats] = []

  /// The rows of some pairs. O(rows of the analysis), which are looked at once.
  static func all(_ analysis: Analysis, of pairs: Set<RegionPair>) -> [RegionPair: PairRows] {
    var all: [RegionPair: PairRows] = [:]
    func add<Row>(
      _ rows: [Row]?, to part: WritableKeyPath<PairRows, [Row]>, _ pair: (Row) -> (query: String, key: String)
    ) {
      let known = Dictionary(grouping: rows ?? []) { row in
        let (query, key) = pair(row)
        return RegionPair(query: query, key: key)
      }
      for (pair, rows) in known where pairs.contains(pair) { all[pair, default: PairRows()][keyPath: part] = rows }
    }
    add(analysis.blocks, to: \.blocks) { ($0.query, $0.key) }
    add(analysis.summary, to: \.summary) { ($0.query, $0.key) }
    // A sink is told by itself.
    add(analysis.attention?.filter { $0.key != nil }, to: \.attention) { ($0.query, $0.key ?? "") }
    add(analysis.mass?.filter { $0.key != nil }, to: \.mass) { ($0.query, $0.key ?? "") }
    add(analysis.mass?.filter { $0.key == nil }, to: \.sinks) { ($0.query, $0.query) }
    add(analysis.sources, to: \.sources) { ($0.query, $0.key) }
    add(analysis.values, to: \.values) { ($0.query, $0.key) }
    add(analysis.pairs, to: \.pairs) { ($0.query, $0.key) }
    add(analysis.writers, to: \.writers) { ($0.place.pair?.query ?? "", $0.place.pair?.key ?? "") }
    return all
  }
}
