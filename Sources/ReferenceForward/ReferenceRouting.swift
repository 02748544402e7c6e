import Architectures
import Checkpoints

/// The change of every mixture of experts, from pairs of plain runs: dG·E, G·dE and dG·dE over the experts of both, with G the weights of
/// all experts and E what they make of a token.
package struct ReferenceRouting: Sendable {
  /// What is said of some tokens.
  package struct Row: Sendable {
    /// The fraction of tokens whose set of experts differs.
    package var flipped: Double
    /// The mean fraction of a token's experts that were exchanged.
    package var replaced: Double
    /// dG·E, G·dE and dG·dE.
    package var terms: ReferenceVectorRow
  }

  private var sums: [ReferenceRegionKey: (vectors: ReferenceVectorSums, flipped: Int, replaced: Double, tokens: Int)] =
    [:]
  private let weight: Double

  /// Nothing yet.
  /// - Parameter weight: How far on the way from base to adapted model the operands are taken: 0 at the base.
  package init(at weight: Double = 0) { self.weight = weight }

  /// The rows.
  package var rows: [ReferenceRegionKey: Row] {
    sums.mapValues { sums in
      let tokens = Double(sums.tokens)
      return Row(
        flipped: Double(sums.flipped) / tokens, replaced: sums.replaced / tokens,
        terms: sums.vectors.row(count: sums.tokens))
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
    let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
    for (index, layer) in model.model.description.layers.enumerated() {
      guard let experts = layer.experts else { continue }
      let before = try ReferenceMixture(experts, of: unchanged, reading: base.layers[index].details.feedInput)
      let after = try ReferenceMixture(experts, of: model, reading: adapted.layers[index].details.feedInput)
      let terms = try Self.terms(before, after, width: model.description.hiddenSize)
      for (token, region) in regions.enumerated() {
        guard let region else { continue }
        let left = before.chosen[token].subtracting(after.chosen[token]).count
        var own = sums[ReferenceRegionKey(layer: index, region: region)] ?? (ReferenceVectorSums(at: weight), 0, 0, 0)
        own.vectors.add(terms.map { $0.row(token) })
        own.flipped += left > 0 ? 1 : 0
        own.replaced += Double(left) / Double(before.chosen[token].count)
        own.tokens += 1
        sums[ReferenceRegionKey(layer: index, region: region)] = own
      }
    }
  }

  /// The three terms of every token.
  static func terms(
    _ before: ReferenceMixture, _ after: ReferenceMixture, width: Int
  ) throws(CheckpointError) -> [TokenVectors] {
    let tokens = before.chosen.indices
    var terms = (0..<3).map { _ in TokenVectors(positions: tokens, width: width) }
    for expert in before.weights.first?.indices ?? 0..<0 {
      let own = tokens.filter { before.chosen[$0].contains(expert) || after.chosen[$0].contains(expert) }
      for (old, new) in zip(try before.outputs(of: expert, on: own), try after.outputs(of: expert, on: own)) {
        let g = before.weights[old.token][expert]
        let step = after.weights[old.token][expert] - g
        for (column, (a, b)) in zip(old.output, new.output).enumerated() {
          let place = old.token * width + column
          terms[0].values[place] += step * a
          terms[1].values[place] += g * (b - a)
          terms[2].values[place] += step * (b - a)
        }
      }
    }
    return terms
  }
}
