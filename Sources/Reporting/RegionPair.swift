import Results

/// A pair of regions that has blocks.
struct RegionPair: Hashable {
  var query: String
  var key: String
  var title: String { "\(query) → \(key)" }
  /// A name for files: letters and digits of any script, everything else a dash, and short enough for any file system.
  var fileName: String {
    [query, key].map { name in
      name.unicodeScalars.prefix(24).map { scalar in
        scalar.properties.isAlphabetic || scalar.properties.numericType != nil ? String(scalar) : "-"
      }.joined()
    }.joined(separator: "-to-")
  }

  func matches(_ block: Block) -> Bool { block.query == query && block.key == key }
  func matches(_ block: PooledBlock) -> Bool { block.query == query && block.key == key }

  /// All pairs, the most telling first: lookups from later regions into earlier ones, then within regions.
  static func all(_ analysis: Analysis) -> [RegionPair] {
    let order = Dictionary(analysis.regions.enumerated().map { ($1, $0) }) { first, _ in first }
    var pairs: [RegionPair] = []
    for block in analysis.summary where block.layer == nil && block.head == nil {
      pairs.append(RegionPair(query: block.query, key: block.key))
    }
    func rank(_ pair: RegionPair) -> (Int, Int, Int) {
      let (query, key) = (order[pair.query] ?? 0, order[pair.key] ?? 0)
      return (query > key ? 0 : query == key ? 1 : 2, -query, key)
    }
    return pairs.sorted { rank($0) < rank($1) }
  }
}
