import Architectures
import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// A router's weights and their change against differences in double precision.
@Suite struct RoutingTests {
  @Test(arguments: [false, true], [1e-7, 1e-3, 0.3, 5, 200])
  func `The change of the weights is their difference`(isNormalized: Bool, scale: Double) {
    var random = SplitMix64(seed: 5)
    let routing = PairedRouting(routing: Routing(topK: 3, isNormalized: isNormalized), experts: 9)
    var flips = 0
    for _ in 0..<200 {
      let logits = (0..<9).map { _ in 4 * random.unit() - 2 }
      let delta = (0..<9).map { _ in scale * (2 * random.unit() - 1) }
      let (base, changed) = (routing.weights(logits), routing.weights(zip(logits, delta).map { $0 + $1 }))
      let change = routing.change(base, changed, by: delta)
      if base.chosen != changed.chosen { flips += 1 }
      #expect(base.chosen.count == 3 && changed.chosen.count == 3)
      for expert in 0..<9 {
        let difference = plain(logits, delta, routing.routing)[expert]
        // What single digits of the weights leave, or of the change itself.
        #expect(abs(change[expert] - difference) <= 1e-15 + 1e-9 * abs(difference), "expert \(expert)")
        let sum = Double(base.weight(expert)) + change[expert]
        #expect(abs(sum - Double(changed.weight(expert))) <= 1e-6)
        #expect((changed.weight(expert) != 0) == changed.chosen.contains(expert))
      }
      if isNormalized { #expect(abs(change.reduce(0, +)) <= 1e-12) }
    }
    #expect(scale < 0.1 || flips > 20)
  }

  @Test(arguments: [false, true]) func `Nothing changes exactly where no logit does`(isNormalized: Bool) {
    let routing = PairedRouting(routing: Routing(topK: 2, isNormalized: isNormalized), experts: 4)
    let weights = routing.weights([1, 3, -2, 3])
    #expect(weights.chosen == [1, 3])
    #expect(routing.change(weights, weights, by: [0, 0, 0, 0]) == [0, 0, 0, 0])
    // What all logits gain, no weight does.
    let moved = routing.weights([8, 10, 5, 10])
    #expect(routing.change(weights, moved, by: [7, 7, 7, 7]) == [0, 0, 0, 0])
  }

  /// Difference of two plain softmaxes in extended steps.
  private func plain(_ logits: [Double], _ delta: [Double], _ routing: Routing) -> [Double] {
    func weights(_ logits: [Double]) -> [Double] {
      let order = logits.indices.sorted { logits[$0] > logits[$1] }
      let chosen = Set(order.prefix(routing.topK))
      let top = logits.max() ?? 0
      let powers = logits.indices.map { routing.isNormalized && !chosen.contains($0) ? 0 : exp(logits[$0] - top) }
      let sum = powers.reduce(0, +)
      return powers.indices.map { chosen.contains($0) ? powers[$0] / sum : 0 }
    }
    return zip(weights(zip(logits, delta).map { $0 + $1 }), weights(logits)).map { $0 - $1 }
  }
}
