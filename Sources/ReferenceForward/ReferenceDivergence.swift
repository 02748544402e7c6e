import Architectures
import Checkpoints
import Foundation
import Vocabulary

/// How much attention changed, in nats, and what changed it, from pairs of plain runs.
///
/// For a row of attention J = KL(p‖p′) + KL(p′‖p) = Σ_j (p′_j − p_j)·ΔS_j. With p̄ = p + λ(p′ − p), λ = KL(p‖p′)/J and T̄_i = Σ_j p̄_ij T_ij
/// the part of a term, or of one of its sources, in a block is
///
///     J(a→b, T) = mean over queries i in a of Σ_{j∈b} (p′_ij − p_ij)·(T_ij − T̄_i).
///
/// Behind a soft cap T enters times the cap's secant Δcap(S)/ΔS. Every source is scored at every pair and enters that formula: nothing is
/// pulled back.
package struct ReferenceDivergence: Sendable {
  /// The nats of a block, means over its queries.
  package struct Row: Sendable {
    /// Number of queries in the query region.
    package var queries: Int
    /// J(a→b).
    package var divergence: Double
    /// Of dKᵀQ, KᵀdQ and dKᵀdQ; with a sink's they sum to J(a→b).
    package var terms: SIMD3<Double>
    /// Of the change of a sink's logit; nil where none changed.
    package var sink: Double?
    /// Of dKᵀQ by the sources of dk; `norm` only where the layer has a key norm.
    package var keySources: [Source: Double]
    /// Of KᵀdQ by the sources of dq; `norm` only where the layer has a query norm.
    package var querySources: [Source: Double]
  }

  private struct Sums: Sendable {
    var divergence = 0.0
    var terms = SIMD3<Double>.zero
    var sink: Double?
    var keySources: [Source: Double] = [:]
    var querySources: [Source: Double] = [:]
  }
  private var sums: [ReferenceBlockKey: Sums] = [:]
  private var queries: [Int: Int] = [:]
  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// The rows of all blocks that have pairs.
  package var rows: [ReferenceBlockKey: Row] {
    Dictionary(
      uniqueKeysWithValues: sums.map { key, sums in
        let count = queries[key.query] ?? 0
        func mean(_ sources: [Source: Double]) -> [Source: Double] {
          sources.mapValues { $0 / Double(count) }
        }
        return (
          key,
          Row(
            queries: count, divergence: sums.divergence / Double(count), terms: sums.terms / Double(count),
            sink: sums.sink.map { $0 / Double(count) },
            keySources: mean(sums.keySources), querySources: mean(sums.querySources))
        )
      })
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
    for region in regions.compactMap(\.self) { queries[region, default: 0] += 1 }
    for (index, layer) in model.model.description.layers.enumerated() where layer.attends {
      let (a, b) = (base.layers[index], adapted.layers[index])
      let (x, other) = (a.details.attentionInput, b.details.attentionInput)
      let keys = try OperandSources(
        keysOf: layer.attention, of: model, base: a.details.keyInput, adapted: b.details.keyInput)
      let queries = try OperandSources(queriesOf: layer.attention, of: model, base: x, adapted: other)
      let fixedQueries = zip(a.queries, b.queries).map { $0 + weight * ($1 - $0) }
      let fixedKeys = zip(a.keys, b.keys).map { $0 + weight * ($1 - $0) }
      for head in 0..<layer.attention.queryHeads {
        for (query, region) in regions.enumerated() {
          guard let region else { continue }
          let scores = ScoreRow(layer.attention, base: a, adapted: b, head: head, query: query, tokens: regions.count)
          let row = DivergenceRow(scores)
          func sources(_ parts: [Source: [Double]], _ queries: [Double]?, _ keys: [Double]?)
            -> [Source: [Double]]
          {
            parts.mapValues { part in
              row.nats(
                of: scores.keys.map {
                  layer.attention.score(
                    head: head, query: query, key: $0, queries: queries ?? part, keys: keys ?? part,
                    tokens: regions.count)
                })
            }
          }
          let terms = scores.terms.map { $0.taken(at: weight) }
          let nats = (0..<3).map { term in row.nats(of: terms.map { $0[term] }) }
          let byKey = sources(keys.parts, fixedQueries, nil)
          let byQuery = sources(queries.parts, nil, fixedKeys)
          let bySink = scores.sink.flatMap {
            $0.change == 0 ? nil : row.nats(of: terms.map { _ in 0 }, sink: $0.change)
          }
          let columns: [Int?] = scores.keys.map { $0 } + (scores.sink == nil ? [] : [nil])
          for (column, key) in columns.enumerated() {
            let other = key.flatMap { regions[$0] }
            guard key == nil || other != nil else { continue }
            let block = ReferenceBlockKey(layer: index, head: head, query: region, key: other)
            var own = sums[block] ?? Sums()
            own.divergence += row.change[column] * row.logarithmChange[column]
            own.terms += SIMD3(nats[0][column], nats[1][column], nats[2][column])
            if let bySink { own.sink = (own.sink ?? 0) + bySink[column] }
            for (source, values) in byKey { own.keySources[source, default: 0] += values[column] }
            for (source, values) in byQuery { own.querySources[source, default: 0] += values[column] }
            sums[block] = own
          }
        }
      }
    }
  }
}

/// One query's patterns in both models, and how nats are counted in it. A sink is one more column behind the keys.
struct DivergenceRow {
  /// p′ − p by key.
  let change: [Double]
  /// log p′ − log p by key.
  let logarithmChange: [Double]
  /// p + λ(p′ − p) by key.
  private let mixture: [Double]
  /// The soft cap's secant by key.
  private let secants: [Double]

  init(_ row: ScoreRow) {
    let cap = row.attention.softCap
    let changed = zip(row.base, row.terms).map { $0 + $1.sum() }
    let sink = row.sink.map { [$0] } ?? []
    let before = row.base.map { softCapped($0, cap) } + sink.map(\.base)
    let after = changed.map { softCapped($0, cap) } + sink.map { $0.base + $0.change }
    let (base, adapted) = (patternWeights(before), patternWeights(after))
    secants = zip(row.base, row.terms).map { score, terms in
      cap.map { softCapSecant(score, score + terms.sum(), change: terms.sum(), cap: $0) } ?? 1
    }
    let scoreChanges = zip(secants, row.terms).map { $0 * $1.sum() } + sink.map(\.change)
    let level = logSumExp(after) - logSumExp(before)
    logarithmChange = scoreChanges.map { $0 - level }
    change = zip(base, adapted).map { $1 - $0 }
    // KL(p‖p′) = Σ p·(expm1(e) − e), since Σ p·expm1(e) = Σ (p′ − p) = 0.
    let divergence = zip(change, logarithmChange).reduce(0) { $0 + $1.0 * $1.1 }
    let forward = zip(base, logarithmChange).reduce(0) { $0 + $1.0 * exponentialExcess($1.1) }
    let weight = divergence > 0 ? min(max(forward / divergence, 0), 1) : 0.5
    mixture = zip(base, change).map { $0 + weight * $1 }
  }

  /// What T is taken with at every key to have its nats over some of them: σ·([j ∈ b]·(p′ − p) − p̄·Σ_b (p′ − p)).
  func weights(where isInside: (Int) -> Bool) -> [Double] {
    let gained = secants.indices.reduce(0) { $0 + (isInside($1) ? change[$1] : 0) }
    return secants.indices.map { secants[$0] * ((isInside($0) ? change[$0] : 0) - mixture[$0] * gained) }
  }

  /// (p′ − p)·(T − T̄) by key, then of a sink.
  /// - Parameter sink: T of a sink.
  func nats(of term: [Double], sink: Double = 0) -> [Double] {
    let values = zip(term, secants).map { $0 * $1 } + (change.count > secants.count ? [sink] : [])
    let mean = zip(mixture, values).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(change, values).map { $0 * ($1 - mean) }
  }
}

/// log Σ exp(s).
private func logSumExp(_ scores: [Double]) -> Double {
  let top = scores.max() ?? 0
  return top + log(scores.reduce(0) { $0 + exp($1 - top) })
}

/// exp(e) − 1 − e.
func exponentialExcess(_ e: Double) -> Double {
  abs(e) < 1e-3 ? e * e / 2 * (1 + e / 3 * (1 + e / 4 * (1 + e / 5))) : expm1(e) - e
}

/// (cap·tanh(b/cap) − cap·tanh(a/cap)) / (b − a) from scores a and b and their difference; the slope at a where they are equal.
func softCapSecant(_ a: Double, _ b: Double, change: Double, cap: Double) -> Double {
  let d = change / cap
  guard max(abs(a), abs(b)) < 300 * cap else { return d == 0 ? 0 : (tanh(b / cap) - tanh(a / cap)) / d }
  return (abs(d) < 1e-8 ? 1 : sinh(d) / d) / (cosh(a / cap) * cosh(b / cap))
}
