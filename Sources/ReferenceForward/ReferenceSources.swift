import Architectures
import Checkpoints
import Vocabulary

/// What the terms with dK and with dQ are made of, from pairs of plain runs: dKᵀQ by the sources of dk, KᵀdQ by those of
/// dq. A share is within its term.
package struct ReferenceSources: Sendable {
  /// The statistics of a block.
  package struct Row: Sendable {
    /// Number of pairs.
    package var pairs: Int
    /// Of c·dk_sᵀ(q + w·dq) by source s; `norm` only where the layer has a key norm.
    package var keyTerm: [Source: (rms: Double, share: Double)]
    /// Of c·(k + w·dk)ᵀdq_s by source s; `norm` only where the layer has a query norm.
    package var queryTerm: [Source: (rms: Double, share: Double)]
  }

  private struct TermSums: Sendable {
    var energy = 0.0
    var parts: [Source: (squares: Double, withTerm: Double)] = [:]

    mutating func add(_ values: [Source: Double]) {
      // In a fixed order, so that a run's last bit is every run's.
      let term = Source.allCases.reduce(0) { $0 + (values[$1] ?? 0) }
      energy += term * term
      for (source, value) in values {
        parts[source, default: (0, 0)].squares += value * value
        parts[source, default: (0, 0)].withTerm += value * term
      }
    }

    func rows(pairs: Int) -> [Source: (rms: Double, share: Double)] {
      parts.mapValues {
        (($0.squares / Double(pairs)).squareRoot(), energy == 0 ? 0 : $0.withTerm / energy)
      }
    }
  }
  private var sums: [ReferenceBlockKey: (pairs: Int, key: TermSums, query: TermSums)] = [:]

  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// The rows of all blocks that have pairs.
  package var rows: [ReferenceBlockKey: Row] {
    sums.mapValues {
      Row(pairs: $0.pairs, keyTerm: $0.key.rows(pairs: $0.pairs), queryTerm: $0.query.rows(pairs: $0.pairs))
    }
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept.
  ///   - adapted: The adapted model's run on the same tokens, likewise.
  ///   - model: The adapted model with its masks.
  ///   - regions: The region of each token, nil for a token in none.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, regions: [Int?]
  ) throws(CheckpointError) {
    for (index, layer) in model.model.description.layers.enumerated() where layer.attends {
      let (a, b) = (base.layers[index], adapted.layers[index])
      let (x, other) = (a.details.attentionInput, b.details.attentionInput)
      let keys = try OperandSources(
        keysOf: layer.attention, of: model, base: a.details.keyInput, adapted: b.details.keyInput)
      let queries = try OperandSources(queriesOf: layer.attention, of: model, base: x, adapted: other)
      let fixedQueries = zip(a.queries, b.queries).map { $0 + weight * ($1 - $0) }
      let fixedKeys = zip(a.keys, b.keys).map { $0 + weight * ($1 - $0) }
      for head in 0..<layer.attention.queryHeads {
        for query in regions.indices {
          for key in layer.attention.visibleKeys(of: query) {
            guard let region = regions[query], let second = regions[key] else { continue }
            func score(_ queries: [Double], _ keys: [Double]) -> Double {
              layer.attention.score(
                head: head, query: query, key: key, queries: queries, keys: keys, tokens: regions.count)
            }
            let block = ReferenceBlockKey(layer: index, head: head, query: region, key: second)
            sums[block, default: (0, TermSums(), TermSums())].pairs += 1
            sums[block, default: (0, TermSums(), TermSums())].key.add(
              keys.parts.mapValues { score(fixedQueries, $0) })
            sums[block, default: (0, TermSums(), TermSums())].query.add(
              queries.parts.mapValues { score($0, fixedKeys) })
          }
        }
      }
    }
  }
}
