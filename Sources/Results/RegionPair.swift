/// Two regions, of queries and of the keys that they look up, or all tokens.
package struct RegionPair: Hashable, Sendable {
  /// Region of the queries.
  package var query: String
  /// Region of the keys.
  package var key: String

  /// All tokens, which files write as a region called `*`.
  package static let all = RegionPair(query: "*", key: "*")

  /// A pair of two regions.
  package init(query: String, key: String) {
    self.query = query
    self.key = key
  }

  /// Pairs by what they tell: all tokens, then lookups from later regions into earlier ones, then within regions.
  package static func sorted(_ pairs: [RegionPair], by regions: [String]) -> [RegionPair] {
    let order = Dictionary(regions.enumerated().map { ($1, $0) }) { first, _ in first }
    func rank(_ pair: RegionPair) -> (Int, Int, Int) {
      if pair == .all { return (-1, 0, 0) }
      let (query, key) = (order[pair.query] ?? 0, order[pair.key] ?? 0)
      return (query > key ? 0 : query == key ? 1 : 2, -query, key)
    }
    return pairs.sorted { rank($0) < rank($1) }
  }
}
