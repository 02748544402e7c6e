import Results

/// The rows of a comparison by pair of regions, those that tell most first.
struct ComparisonRows {
  typealias Spread = AdapterComparison.SpreadRow

  let comparison: AdapterComparison
  private let layers: [RegionPair: [Spread]]
  private let heads: [RegionPair: [Spread]]
  private let differences: [RegionPair: [AdapterComparison.PairRow]]

  init(_ comparison: AdapterComparison) {
    self.comparison = comparison
    func byPlace(_ rows: [Spread]) -> [RegionPair: [Spread]] {
      Dictionary(grouping: rows) { RegionPair(query: $0.query, key: $0.key) }.mapValues { rows in
        rows.enumerated().sorted {
          ($0.element.spread.value, $1.offset) > ($1.element.spread.value, $0.offset)
        }.map(\.element)
      }
    }
    layers = byPlace(comparison.layers)
    heads = byPlace(comparison.heads)
    differences = Dictionary(grouping: comparison.pairs) { RegionPair(query: $0.query, key: $0.key) }
  }

  /// Layers of a pair of regions, those first in which adapters lie furthest apart.
  func layers(_ place: RegionPair) -> [Spread] { layers[place] ?? [] }

  /// The same of heads.
  func heads(_ place: RegionPair) -> [Spread] { heads[place] ?? [] }

  /// Layers in which adapters differ at all, those that differ most first.
  func rankedLayers(_ place: RegionPair) -> [Spread] { layers(place).filter { $0.spread.value > 0 } }

  /// The same of heads.
  func rankedHeads(_ place: RegionPair) -> [Spread] { heads(place).filter { $0.spread.value > 0 } }

  /// Each two adapters.
  func pairs(_ place: RegionPair) -> [AdapterComparison.PairRow] { differences[place] ?? [] }

  /// All tokens, then the pairs of regions in which adapters change attention most.
  var places: [RegionPair] {
    func size(_ place: RegionPair) -> Double {
      place == .all ? .infinity : comparison.adapters.indices.compactMap { comparison.size($0, place) }.max() ?? 0
    }
    return comparison.places.map { ($0, size($0)) }.enumerated().sorted {
      ($0.element.1, $1.offset) > ($1.element.1, $0.offset)
    }.map(\.element.0)
  }

  /// Pairs of regions that the answer names one by one; of many, those with the largest changes.
  var spokenPlaces: [RegionPair] {
    let own = comparison.places.filter { $0 != .all }
    guard own.count > Self.mostSpoken else { return own }
    let largest = Set(places.filter { $0 != .all }.prefix(Self.mostSpoken))
    return own.filter(largest.contains)
  }

  /// What follows the pairs of regions that are named: how many are not.
  var unspoken: Phrase {
    let rest = comparison.places.count { $0 != .all } - spokenPlaces.count
    return rest > 0 ? "; the tables have \(Numbers.count(rest, "more pair")) of regions" : ""
  }

  private static let mostSpoken = 6
}
