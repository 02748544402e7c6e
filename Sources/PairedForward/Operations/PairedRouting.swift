import Architectures
import Foundation
import LinearAlgebra

/// From a router's logits to the weights of the chosen experts, and how both change. A row has as many numbers as there are experts,
/// so all is computed in double precision.
struct PairedRouting {
  let routing: Routing
  let experts: Int

  /// The weights of a token in one model.
  struct Weights {
    /// The chosen experts, rising.
    let chosen: [Int]
    /// The logits.
    fileprivate let logits: [Double]
    /// The softmax over the experts that it is over (``Routing/isNormalized``); 0 elsewhere.
    fileprivate let probabilities: [Double]

    /// G: the probability of a chosen expert, 0 of the others. One that is chosen never has 0.
    func weight(_ expert: Int) -> Float {
      chosen.contains(expert) ? max(Float(probabilities[expert]), .leastNormalMagnitude) : 0
    }
  }

  /// The weights by some logits.
  func weights(_ logits: [Double]) -> Weights {
    // The first of equal ones, as the library has it.
    let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
    let chosen = order.prefix(routing.topK).sorted()
    let support = routing.isNormalized ? chosen : Array(logits.indices)
    let top = support.reduce(-Double.infinity) { max($0, logits[$1]) }
    var powers = [Double](repeating: 0, count: logits.count)
    for expert in support { powers[expert] = exp(logits[expert] - top) }
    let sum = powers.reduce(0, +)
    return Weights(chosen: chosen, logits: logits, probabilities: powers.map { $0 / sum })
  }

  /// dG from the weights of both models and the change of the logits: without cancellation where both choose the same experts, of
  /// full size where an expert comes or goes.
  func change(_ base: Weights, _ changed: Weights, by delta: [Double]) -> [Double] {
    let isSame = base.chosen == changed.chosen
    let difference = zip(changed.probabilities, base.probabilities).map { $0 - $1 }
    let gentle = isSame || !routing.isNormalized ? self.gentle(base, delta) ?? difference : difference
    let (before, after) = (Set(base.chosen), Set(changed.chosen))
    return gentle.indices.map { expert in
      switch (before.contains(expert), after.contains(expert)) {
      case (true, true): gentle[expert]
      case (true, false): -base.probabilities[expert]
      case (false, true): changed.probabilities[expert]
      case (false, false): 0
      }
    }
  }

  /// The change of a softmax: p·expm1(Δ − ℓ) with ℓ = log1p(Σ p·expm1(Δ)), all changes counted from that of the likeliest expert
  /// (docs/method.md, Delta form). Nil where a change is so large that exponentials overflow.
  private func gentle(_ base: Weights, _ delta: [Double]) -> [Double]? {
    let p = base.probabilities
    guard let top = p.indices.max(by: { p[$0] < p[$1] }) else { return nil }
    let changes = p.indices.map { p[$0] > 0 ? delta[$0] - delta[top] : 0 }
    guard changes.allSatisfy({ abs($0) < 30 }) else { return nil }
    let level = log1p(zip(p, changes).reduce(0) { $0 + $1.0 * expm1($1.1) })
    return zip(p, changes).map { $0 * expm1($1 - level) }
  }
}
