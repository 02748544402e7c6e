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
    _ experts: ExpertsDescription, of model: ReferenceModel, reading input: FeedInput
  ) throws(CheckpointError) {
    let x = input.experts
    let logits =
      try model.apply(Projection(experts.router), at: .router, to: input.router) * experts.routing.logitFactor
    let correction = try model.model.correction(of: experts)?.map(Double.init)
    let routed = x.positions.indices.map {
      Self.weights(Array(logits.row($0 - x.positions.lowerBound)), experts.routing, correction)
    }
    let scales = try model.scales(of: experts)
    weights = zip(x.positions, routed).map { position, routed in
      routed.weights.enumerated().map { expert, weight in
        weight * (scales.base[expert] + scales.change[expert] * (model.masks.common.other?[position] ?? 1))
      }
    }
    chosen = routed.map(\.chosen)
    (self.experts, self.model, self.x) = (experts, model, x)
  }

  private static func weights(
    _ logits: [Double], _ routing: Routing, _ correction: [Double]?
  ) -> (chosen: Set<Int>, weights: [Double]) {
    let scores: [Double]
    switch routing.scoring {
    case .softmax:
      let top = logits.max() ?? 0
      let powers = logits.map { exp($0 - top) }
      scores = powers.map { $0 / powers.reduce(0, +) }
    case .sigmoid: scores = logits.map { 1 / (1 + exp(-$0)) }
    }
    var choice = scores
    for (expert, number) in (correction ?? []).enumerated() { choice[expert] += number }
    let chosen = Set(best(routing.topK, of: open(choice, routing), by: choice))
    let sum = routing.isNormalized ? chosen.reduce(0) { $0 + scores[$1] } : 1
    return (chosen, scores.indices.map { chosen.contains($0) ? routing.factor * scores[$0] / sum : 0 })
  }

  /// The experts that can be chosen: those of the groups whose two best have the largest sums.
  private static func open(_ choice: [Double], _ routing: Routing) -> [Int] {
    let size = choice.count / routing.groups
    let sums = (0..<routing.groups).map { group in
      choice[group * size..<(group + 1) * size].sorted(by: >).prefix(2).reduce(0, +)
    }
    let groups = Set(best(routing.topGroups, of: Array(sums.indices), by: sums))
    return choice.indices.filter { groups.contains($0 / size) }
  }

  private static func best(_ count: Int, of places: [Int], by values: [Double]) -> ArraySlice<Int> {
    places.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(count)
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
    let output = try own.feed(experts.experts[expert], gathered, isExpert: true)
    return tokens.enumerated().map { ($1, output.row($0)) }
  }
}

/// What a layer's feed-forward half reads: its dense MLP, and router and experts, which may have norms of their own.
struct FeedInput {
  var dense: TokenVectors
  var router: TokenVectors
  var experts: TokenVectors
}

extension ReferenceModel {
  /// What a layer's feed-forward half reads of a stream.
  func feedInput(_ layer: LayerDescription, _ stream: TokenVectors) throws(CheckpointError) -> FeedInput {
    let dense = try normalize(stream, layer.mlpInputNorm)
    guard let norms = layer.experts?.norms else { return FeedInput(dense: dense, router: dense, experts: dense) }
    return FeedInput(
      dense: dense, router: try normalize(stream, norms.router), experts: try normalize(stream, norms.input))
  }

  /// The factors on the weights of experts, and the adaptation's changes of them.
  fileprivate func scales(
    of experts: ExpertsDescription
  ) throws(CheckpointError) -> (base: [Double], change: [Double]) {
    let count = experts.experts.count
    guard let name = experts.scales else {
      return (Array(repeating: 1, count: count), Array(repeating: 0, count: count))
    }
    let change = adaptation?.numbers[name] ?? Array(repeating: 0, count: count)
    return (try model.numbers(name, shape: [count]).map(Double.init), change.map(Double.init))
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
