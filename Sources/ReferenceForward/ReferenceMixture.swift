import Architectures
import Checkpoints
import Foundation

/// A mixture of experts on some tokens: which experts each token chooses and with which weights, in double precision.
struct ReferenceMixture {
  /// By token, the weights of all experts, 0 of those that are not chosen.
  let weights: [[Double]]
  /// By token, the chosen experts.
  let chosen: [Set<Int>]
  private let experts: ExpertsDescription
  private let model: ReferenceModel
  private let x: TokenVectors

  init(
    _ experts: ExpertsDescription, of model: ReferenceModel, reading x: TokenVectors
  ) throws(CheckpointError) {
    let logits = try model.apply(Projection(experts.router), to: x)
    let routed = x.positions.indices.map {
      Self.weights(Array(logits.row($0 - x.positions.lowerBound)), experts.routing)
    }
    weights = routed.map(\.weights)
    chosen = routed.map(\.chosen)
    (self.experts, self.model, self.x) = (experts, model, x)
  }

  private static func weights(_ logits: [Double], _ routing: Routing) -> (chosen: Set<Int>, weights: [Double]) {
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    let chosen = Set(order.prefix(routing.topK))
    let top = logits.max() ?? 0
    let powers = logits.map { exp($0 - top) }
    let sum = powers.indices.filter { !routing.isNormalized || chosen.contains($0) }.reduce(0) { $0 + powers[$1] }
    return (chosen, powers.indices.map { chosen.contains($0) ? powers[$0] / sum : 0 })
  }

  /// Σ_e G_e·E_e(x).
  func output() throws(CheckpointError) -> TokenVectors {
    var sum = TokenVectors(positions: x.positions, width: model.description.hiddenSize)
    for expert in experts.experts.indices {
      let tokens = chosen.indices.filter { chosen[$0].contains(expert) }
      for (token, output) in try outputs(of: expert, on: tokens) {
        let start = token * sum.width
        for (column, value) in output.enumerated() { sum.values[start + column] += weights[token][expert] * value }
      }
    }
    return sum
  }

  /// What an expert makes of some tokens, by their place among those of the mixture.
  func outputs(of expert: Int, on tokens: [Int]) throws(CheckpointError) -> [(token: Int, output: ArraySlice<Double>)] {
    guard !tokens.isEmpty else { return [] }
    let gathered = TokenVectors(
      positions: 0..<tokens.count, width: x.width, values: tokens.flatMap { x.row($0) })
    let own = ReferenceModel(
      model: model.model, adaptation: model.adaptation,
      masks: model.masks.of(positions: tokens.map { x.positions.lowerBound + $0 }), threads: model.threads)
    let output = try own.feed(experts.experts[expert], gathered)
    return tokens.enumerated().map { ($1, output.row($0)) }
  }
}

extension ReferenceMasks {
  /// The masks of some tokens, one after the other.
  fileprivate func of(positions: [Int]) -> ReferenceMasks {
    func gather(_ mask: ReferenceMask) -> ReferenceMask {
      ReferenceMask(
        lowRank: mask.lowRank.map { weights in positions.map { weights[$0] } },
        other: mask.other.map { weights in positions.map { weights[$0] } })
    }
    return ReferenceMasks(gather(common), sites: sites.mapValues(gather))
  }
}
