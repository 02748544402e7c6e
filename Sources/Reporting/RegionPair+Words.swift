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

  /// As many pairs as eight regions have: more nobody reads, and a page has no room for them.
  private static let mostTold = 64

  /// The pairs that a report tells, the most telling first: those that have blocks, of very many the ones with most of the change.
  static func told(_ analysis: Analysis) -> [RegionPair] {
    let rows = analysis.summary.filter { $0.layer == nil && $0.head == nil }
    let largest = rows.indices.sorted { (rows[$0].energy, $1) > (rows[$1].energy, $0) }.prefix(mostTold)
    return sorted(largest.sorted().map { RegionPair(query: rows[$0].query, key: rows[$0].key) }, by: analysis.regions)
  }

  /// How many pairs change and are told in analysis.json alone, and which part of all change is theirs; nil where there are none.
  static func untold(_ analysis: Analysis) -> (pairs: Int, part: Double)? {
    let energies = analysis.summary.filter { $0.layer == nil && $0.head == nil }.map(\.energy).sorted(by: >)
    guard energies.count > mostTold else { return nil }
    let (all, rest) = (energies.reduce(0, +), energies.dropFirst(mostTold).reduce(0, +))
    return (energies.count - mostTold, all > 0 ? rest / all : 0)
  }
}
