import Architectures
import Checkpoints

/// What each head writes to the residual stream from the tokens of a region, and how that changes, from pairs of plain
/// runs.
///
/// W_O,h is head h's slice of the base's output projection. The change of W_O,h·Σ_{j∈b} p_ij v_j is the sum of dP·V, P·dV
/// and dP·dV; where the heads' outputs have gates, it goes through the base's. It is taken before any norm on the attention's output. Every query of a region counts, also one that sees
/// no key in b.
package struct ReferenceValues: Sendable {
  private var sums: [ReferenceBlockKey: ReferenceVectorSums] = [:]
  private var queries: [Int: Int] = [:]

  /// w of the operands' place on the way from base to adapted model.
  private let place: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { place = weight }

  /// The rows of all blocks that have pairs; the terms are dP·V, P·dV and dP·dV.
  package var rows: [ReferenceBlockKey: ReferenceVectorRow] {
    Dictionary(
      uniqueKeysWithValues: sums.map { key, sums in (key, sums.row(count: queries[key.query] ?? 0)) })
  }

  /// Adds one prompt.
  /// - Parameters:
  ///   - base: The base's run, with ``ReferenceDetail/all`` kept.
  ///   - adapted: The adapted model's run on the same tokens, likewise.
  ///   - model: The model both ran.
  ///   - regions: The region of each token, nil for a token in none.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package mutating func add(
    base: ReferenceRun, adapted: ReferenceRun, model: ReferenceModel, regions: [Int?]
  ) throws(CheckpointError) {
    for region in regions.compactMap(\.self) { queries[region, default: 0] += 1 }
    for (index, layer) in model.model.description.layers.enumerated() where layer.attends {
      let output = layer.attention.output
      let weight = try model.baseWeight(output, rows: 0..<output.outputs)
      for head in 0..<layer.attention.queryHeads {
        let slice = layer.attention.slice(of: weight, head: head)
        for key in Set(regions.compactMap(\.self)) {
          let change = HeadChange(
            layer.attention, base: base.layers[index], adapted: adapted.layers[index], head: head,
            regions: regions, key: key)
          let gates = base.layers[index].details.gates?.factors
          let written = change.terms.map {
            $0.gated(by: gates, head: head).times(slice, outputs: output.outputs, threads: model.threads)
          }
          for query in change.queries {
            guard let region = regions[query] else { continue }
            let block = ReferenceBlockKey(layer: index, head: head, query: region, key: key)
            sums[block, default: ReferenceVectorSums(at: place)].add(written.map { $0.row(query) })
          }
        }
      }
    }
  }
}

extension AttentionDescription {
  /// Head h's columns of the output projection, (outputs × d).
  fileprivate func slice(of weight: [Double], head: Int) -> [Double] {
    (0..<output.outputs).flatMap { row in
      let start = row * output.inputs + head * valueDimension
      return weight[start..<start + valueDimension]
    }
  }
}

/// The change of Σ_{j∈b} p_ij v_j for every query of a head.
private struct HeadChange {
  /// dP·V, P·dV and dP·dV, (tokens × d) each.
  var terms: [TokenVectors]
  /// The queries that see a key in b.
  var queries: [Int] = []

  init(
    _ attention: AttentionDescription, base: ReferenceLayer, adapted: ReferenceLayer, head: Int,
    regions: [Int?], key region: Int
  ) {
    let (tokens, d) = (regions.count, attention.valueDimension)
    let group = attention.keyValueHead(of: head)
    let (values, others) = (base.details.values, adapted.details.values)
    terms = Array(repeating: TokenVectors(positions: 0..<tokens, width: d), count: 3)
    for query in 0..<tokens where regions[query] != nil {
      let row = ScoreRow(attention, base: base, adapted: adapted, head: head, query: query, tokens: tokens)
      let (p, q) = (row.before, row.after)
      for (column, key) in row.keys.enumerated() where regions[key] == region {
        if queries.last != query { queries.append(query) }
        let start = (group * tokens + key) * d
        for index in 0..<d {
          let (v, dv) = (values[start + index], others[start + index] - values[start + index])
          let dp = q[column] - p[column]
          terms[0].values[query * d + index] += dp * v
          terms[1].values[query * d + index] += p[column] * dv
          terms[2].values[query * d + index] += dp * dv
        }
      }
    }
  }
}

extension TokenVectors {
  /// A head's vectors times its gates, which stand side by side with those of other heads; themselves without any.
  fileprivate func gated(by gates: TokenVectors?, head: Int) -> TokenVectors {
    guard let gates else { return self }
    var result = self
    for row in positions.indices {
      for column in 0..<width {
        result.values[row * width + column] *= gates.values[row * gates.width + head * width + column]
      }
    }
    return result
  }
}
