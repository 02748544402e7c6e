import Architectures

/// How much attention goes from one region to another, how it changes and how much of it goes elsewhere, from pairs of
/// plain runs.
///
/// m(a→b) is the mean over the queries in a of Σ_{j∈b} p_ij. Its change Δm is split between keys and queries by Shapley:
/// with m(X) the mass under softmax(S + the terms in X),
///
///     φ_K = ½[m(dKᵀQ) − m(∅) + m(all) − m(KᵀdQ)],    φ_Q = ½[m(KᵀdQ) − m(∅) + m(all) − m(dKᵀQ)],
///
/// so that φ_K + φ_Q = Δm. Where a sink's logit was trained, m(all) is under the base's logit, and Δm − φ_K − φ_Q is the sink's doing. Every
/// query of a counts, also one that sees no key in b.
package struct ReferenceMass: Sendable {
  /// The statistics of a block.
  package struct Row: Sendable {
    /// Number of queries in the query region.
    package var queries: Int
    /// m in the base.
    package var base: Double
    /// m in the adapted model.
    package var adapted: Double
    /// The mean over the queries of ½Σ_{j∈b} |p′_ij − p_ij|.
    package var moved: Double
    /// φ_K.
    package var byKey: Double
    /// φ_Q.
    package var byQuery: Double
    /// What a sink's changed logit does; nil where none changed.
    package var bySink: Double?
  }

  private struct Sums: Sendable {
    /// Of Σ_{j∈b} p_ij under ∅, dKᵀQ, KᵀdQ and all.
    var masses = SIMD4<Double>.zero
    /// Under all, with a sink's changed logit.
    var adapted = 0.0
    var moved = 0.0
    var isTrained = false
  }
  private var sums: [ReferenceBlockKey: Sums] = [:]
  private var queries: [Int: Int] = [:]

  /// Nothing yet.
  package init() {}

  /// The rows of all blocks that have pairs.
  package var rows: [ReferenceBlockKey: Row] {
    Dictionary(
      uniqueKeysWithValues: sums.map { key, sums in
        let count = queries[key.query] ?? 0
        let m = sums.masses / Double(count)
        return (
          key,
          Row(
            queries: count, base: m[0], adapted: sums.adapted / Double(count), moved: sums.moved / Double(count),
            byKey: (m[1] - m[0] + m[3] - m[2]) / 2, byQuery: (m[2] - m[0] + m[3] - m[1]) / 2,
            bySink: sums.isTrained ? sums.adapted / Double(count) - m[3] : nil)
        )
      })
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run.
  ///   - adapted: The adapted model's run on the same tokens.
  ///   - model: The description both ran by.
  ///   - regions: The region of each token, nil for a token in none.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ModelDescription, regions: [Int?]
  ) {
    for region in regions.compactMap(\.self) { queries[region, default: 0] += 1 }
    for (index, layer) in model.layers.enumerated() {
      let (a, b) = (base.layers[index], adapted.layers[index])
      for head in 0..<layer.attention.queryHeads {
        for query in regions.indices {
          guard let region = regions[query] else { continue }
          let row = ScoreRow(layer.attention, base: a, adapted: b, head: head, query: query, tokens: regions.count)
          let patterns = [SIMD3(0, 0, 0), SIMD3(1, 0, 0), SIMD3(0, 1, 0), SIMD3(1, 1, 1)].map { row.pattern(with: $0) }
          let after = row.after
          func add(_ weights: SIMD4<Double>, _ adapted: Double, to key: Int?) {
            let block = ReferenceBlockKey(layer: index, head: head, query: region, key: key)
            sums[block, default: Sums()].masses += weights
            sums[block, default: Sums()].adapted += adapted
            sums[block, default: Sums()].moved += abs(adapted - weights[0]) / 2
            if let sink = row.sink, sink.change != 0 { sums[block, default: Sums()].isTrained = true }
          }
          for (column, key) in row.keys.enumerated() {
            guard let other = regions[key] else { continue }
            add(SIMD4(patterns.map { $0[column] }), after[column], to: other)
          }
          guard row.sink != nil else { continue }
          add(SIMD4(patterns.map { 1 - $0.reduce(0, +) }), 1 - after.reduce(0, +), to: nil)
        }
      }
    }
  }
}
