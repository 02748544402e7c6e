import Architectures

/// The three terms of every score's change from pairs of plain runs, in double precision, one pair of tokens at a time.
package struct ReferenceDecomposition: Sendable {
  /// Sums over the pairs of each block: of the terms, and of T_ij − Σ_j p_ij T_ij.
  package private(set) var blocks: [ReferenceBlockKey: (raw: ReferenceSums, centered: ReferenceSums)] = [:]
  private var divergence = ReferenceStream()
  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// √(Σ‖dx‖² / Σ‖x‖²) of the stream that enters a layer, over a region's tokens; 0 where nothing changes.
  package var stream: [ReferenceRegionKey: Double] { divergence.rows.mapValues(\.relative) }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - model: The description both ran by.
  ///   - regions: The region of each token, nil for a token in none.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ModelDescription, regions: [Int?]
  ) {
    divergence.add(base: base, adapted: adapted, regions: regions)
    for (index, layer) in model.layers.enumerated() {
      let (a, b) = (base.layers[index], adapted.layers[index])
      for head in 0..<layer.attention.queryHeads {
        for query in regions.indices {
          guard let region = regions[query] else { continue }
          let row = ScoreRow(layer.attention, base: a, adapted: b, head: head, query: query, tokens: regions.count)
          let terms = row.terms.map { $0.taken(at: weight) }
          let mean = zip(row.before, terms).reduce(SIMD3<Double>.zero) { $0 + $1.0 * $1.1 }
          for (term, key) in zip(terms, row.keys) {
            guard let other = regions[key] else { continue }
            let block = ReferenceBlockKey(layer: index, head: head, query: region, key: other)
            blocks[block, default: (.init(), .init())].raw.add(term)
            blocks[block, default: (.init(), .init())].centered.add(term - mean)
          }
        }
      }
    }
  }
}
