import Architectures
import Foundation
import LinearAlgebra

/// From a router's logits to the weights of the chosen experts, and how both change. A row has as many numbers as there are experts,
/// so all is computed in double precision.
struct PairedRouting {
  let routing: Routing
  let experts: Int
  /// By expert, what is added to the scores by which experts are chosen.
  private let correction: [Double]?

  init(_ routing: Routing, experts: Int, correction: [Float]? = nil) {
    self.routing = routing
    self.experts = experts
    self.correction = correction?.map(Double.init)
  }

  /// The weights of a token in one model.
  struct Weights {
    /// The chosen experts, rising.
    let chosen: [Int]
    /// The logits.
    fileprivate let logits: [Double]
    /// G, of chosen experts.
    fileprivate let values: [Double]

    /// G times a factor: 0 of experts that are not chosen. One that is chosen never has 0.
    func weight(_ expert: Int, times factor: Double = 1) -> Float {
      guard chosen.contains(expert) else { return 0 }
      let weight = Float(factor * values[expert])
      return abs(weight) < .leastNormalMagnitude ? .leastNormalMagnitude : weight
    }

    /// G·ds where an expert is chosen.
    func change(_ expert: Int, byFactor step: Double) -> Double { chosen.contains(expert) ? step * values[expert] : 0 }
  }

  /// The weights by some logits.
  func weights(_ logits: [Double]) -> Weights {
    let scores = scores(logits)
    let chosen = chosen(scores)
    let sum = routing.isNormalized ? chosen.reduce(0) { $0 + scores[$1] } : 1
    return Weights(chosen: chosen, logits: logits, values: scores.map { routing.factor * $0 / sum })
  }

  /// Every expert's score; a softmax whose weights are normalised is left in powers, which their sum divides.
  private func scores(_ logits: [Double]) -> [Double] {
    if routing.scoring == .sigmoid { return logits.map(PairedSigmoid.sigmoid) }
    let top = logits.max() ?? 0
    let powers = logits.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  /// The experts with the largest scores; the first of equal ones, as the library has it.
  private func chosen(_ scores: [Double]) -> [Int] {
    let choice = correction.map { zip(scores, $0).map { $0 + $1 } } ?? scores
    func best(_ count: Int, _ values: [Double], among places: some Sequence<Int>) -> [Int] {
      Array(places.sorted { (values[$0], $1) > (values[$1], $0) }.prefix(count))
    }
    guard routing.groups > 1 else { return best(routing.topK, choice, among: choice.indices).sorted() }
    let size = experts / routing.groups
    let groups = (0..<routing.groups).map { $0 * size..<($0 + 1) * size }
    let sums = groups.map { best(2, choice, among: $0).reduce(0) { $0 + choice[$1] } }
    let open = best(routing.topGroups, sums, among: sums.indices).flatMap { groups[$0] }
    return best(routing.topK, choice, among: open).sorted()
  }

  /// dG from the weights of both models and the change of the logits: without cancellation where both choose the same experts, of
  /// full size where an expert comes or goes.
  func change(_ base: Weights, _ changed: Weights, by delta: [Double]) -> [Double] {
    let difference = zip(changed.values, base.values).map { $0 - $1 }
    let isSame = base.chosen == changed.chosen
    let gentle = isSame || !routing.isNormalized ? self.gentle(base, changed, delta) ?? difference : difference
    let (before, after) = (Set(base.chosen), Set(changed.chosen))
    return gentle.indices.map { expert in
      switch (before.contains(expert), after.contains(expert)) {
      case (true, true): gentle[expert]
      case (true, false): -base.values[expert]
      case (false, true): changed.values[expert]
      case (false, false): 0
      }
    }
  }

  /// The change of the weights where none of what they are normalised over comes or goes.
  private func gentle(_ base: Weights, _ changed: Weights, _ delta: [Double]) -> [Double]? {
    switch routing.scoring {
    case .softmax: softmaxChange(base, delta)
    case .sigmoid: sigmoidChange(base, changed, delta)
    }
  }

  /// The change of a softmax: p·expm1(Δ − ℓ) with ℓ = log1p(Σ p·expm1(Δ)), all changes counted from that of the likeliest expert
  /// (docs/method.md, Delta form). Nil where a change is so large that exponentials overflow.
  private func softmaxChange(_ base: Weights, _ delta: [Double]) -> [Double]? {
    let support = routing.isNormalized ? base.chosen : Array(delta.indices)
    guard let top = support.max(by: { base.values[$0] < base.values[$1] }) else { return nil }
    let changes = delta.map { $0 - delta[top] }
    guard support.allSatisfy({ abs(changes[$0]) < 30 }) else { return nil }
    let gained = support.reduce(0) { $0 + base.values[$1] * expm1(changes[$1]) } / routing.factor
    let level = log1p(gained)
    return delta.indices.map { base.values[$0] * expm1(changes[$0] - level) }
  }

  /// The change of s/S: (ds − (s/S)·dS)/S′, with S the sum over the chosen experts; of s alone ds.
  private func sigmoidChange(_ base: Weights, _ changed: Weights, _ delta: [Double]) -> [Double] {
    let scores = base.logits.map(PairedSigmoid.sigmoid)
    let steps = zip(base.logits, delta).map { PairedSigmoid.delta($0, $1) }
    guard routing.isNormalized else { return steps.map { routing.factor * $0 } }
    let (sum, step) = base.chosen.reduce(into: (0.0, 0.0)) { $0 = ($0.0 + scores[$1], $0.1 + steps[$1]) }
    return scores.indices.map { routing.factor * (steps[$0] - scores[$0] / sum * step) / (sum + step) }
  }
}
