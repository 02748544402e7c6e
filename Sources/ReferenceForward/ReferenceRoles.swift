import Architectures

/// What heads look at, from pairs of plain runs: of the pattern's weights the means over queries of those on the first token, on the
/// query's own, on the one before, on earlier ones that are equal to it, and on those that follow an earlier equal one.
package struct ReferenceRoles: Sendable {
  /// The statistics of a region's queries; weights in the order first, itself, previous, duplicate, induction.
  package struct Row: Sendable {
    /// Number of queries.
    package var queries: Int
    /// Mean weights in the base.
    package var base: [Double]
    /// Mean weights in the adapted model.
    package var adapted: [Double]
  }

  private var sums: [ReferenceRegionKey: Row] = [:]

  /// Nothing yet.
  package init() {}

  /// The rows of all regions that have queries.
  package var rows: [ReferenceRegionKey: Row] {
    sums.mapValues { sums in
      let count = Double(sums.queries)
      return Row(queries: sums.queries, base: sums.base.map { $0 / count }, adapted: sums.adapted.map { $0 / count })
    }
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - model: The description both ran by.
  ///   - regions: The region of each token, nil for a token in none.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ModelDescription, tokens: [Int], regions: [Int?]
  ) {
    for (index, layer) in model.layers.enumerated() {
      let (a, b) = (base.layers[index], adapted.layers[index])
      for head in 0..<layer.attention.queryHeads {
        for query in regions.indices {
          guard let region = regions[query] else { continue }
          let row = ScoreRow(layer.attention, base: a, adapted: b, head: head, query: query, tokens: regions.count)
          let place = ReferenceRegionKey(layer: index, head: head, region: region)
          let none = [Double](repeating: 0, count: 5)
          var own = sums[place] ?? Row(queries: 0, base: none, adapted: none)
          own.queries += 1
          for (key, (p, q)) in zip(row.keys, zip(row.before, row.after)) {
            let isOf = [
              key == 0 && query > 0, key == query, key == query - 1, key < query && tokens[key] == tokens[query],
              key > 0 && key < query && tokens[key - 1] == tokens[query],
            ]
            for (role, isOf) in isOf.enumerated() where isOf {
              own.base[role] += p
              own.adapted[role] += q
            }
          }
          sums[place] = own
        }
      }
    }
  }
}
