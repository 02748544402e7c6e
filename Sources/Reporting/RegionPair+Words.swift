import Results

extension RegionPair {
  var title: String { "\(query) → \(key)" }
  /// "after → before", "all tokens".
  var words: String { self == .all ? "all tokens" : title }
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

  /// The pairs that have blocks, the most telling first.
  static func all(_ analysis: Analysis) -> [RegionPair] {
    let rows = analysis.summary.filter { $0.layer == nil && $0.head == nil }
    return sorted(rows.map { RegionPair(query: $0.query, key: $0.key) }, by: analysis.regions)
  }
}
