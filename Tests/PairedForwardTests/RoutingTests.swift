import Architectures
import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// A router's weights and their change against differences in double precision.
@Suite struct RoutingTests {
  /// Softmax and sigmoid, normalised or not, the last in groups and with a correction.
  private static let rules: [(routing: Routing, correction: [Float]?)] = {
    var grouped = Routing(topK: 3, isNormalized: true)
    (grouped.scoring, grouped.groups, grouped.topGroups, grouped.factor) = (.sigmoid, 3, 2, 2.5)
    var scored = Routing(topK: 3, isNormalized: false)
    scored.scoring = .sigmoid
    return [
      (Routing(topK: 3, isNormalized: true), nil), (Routing(topK: 3, isNormalized: false), nil), (scored, nil),
      (grouped, [0.3, -0.2, 0, 0.1, 0.4, -0.3, 0.2, 0, -0.1]),
    ]
  }()

  @Test(arguments: rules.indices, [1e-7, 1e-3, 0.3, 5, 200])
  func `The change of the weights is their difference`(rule: Int, scale: Double) {
    var random = SplitMix64(seed: 5)
    let (rule, correction) = Self.rules[rule]
    let routing = PairedRouting(rule, experts: 9, correction: correction)
    var flips = 0
    for _ in 0..<200 {
      let logits = (0..<9).map { _ in 4 * random.unit() - 2 }
      let delta = (0..<9).map { _ in scale * (2 * random.unit() - 1) }
      let (base, changed) = (routing.weights(logits), routing.weights(zip(logits, delta).map { $0 + $1 }))
      let change = routing.change(base, changed, by: delta)
      if base.chosen != changed.chosen { flips += 1 }
      #expect(base.chosen.count == 3 && changed.chosen.count == 3)
      let (before, after) = (
        plain(logits, rule, correction), plain(zip(logits, delta).map { $0 + $1 }, rule, correction)
      )
      for expert in 0..<9 {
        let difference = after[expert] - before[expert]
        // What the last digits of the weights leave, or of the change itself.
        #expect(abs(change[expert] - difference) <= 3e-15 + 1e-9 * abs(difference), "expert \(expert)")
        #expect(abs(Double(base.weight(expert)) - before[expert]) <= 1e-6)
        #expect(abs(Double(changed.weight(expert)) - after[expert]) <= 1e-6)
        #expect((changed.weight(expert) != 0) == changed.chosen.contains(expert))
      }
      if rule.isNormalized { #expect(abs(change.reduce(0, +)) <= 1e-12) }
    }
    #expect(scale < 0.1 || flips > 20)
  }

  @Test func `Experts are chosen among the best groups, by corrected scores`() {
    var rule = Routing(topK: 2, isNormalized: false)
    (rule.scoring, rule.groups, rule.topGroups) = (.sigmoid, 3, 1)
    // The best single expert is alone in its group.
    let logits = [3.0, -9, 1, 1.5, 0, 0]
    #expect(PairedRouting(rule, experts: 6).weights(logits).chosen == [2, 3])
    let corrected = PairedRouting(rule, experts: 6, correction: [0, 0, 0, 0, 2, 2]).weights(logits)
    #expect(corrected.chosen == [4, 5] && corrected.weight(4) == 0.5, "a correction is in no weight")
  }

  @Test(arguments: rules.indices) func `Nothing changes exactly where no logit does`(rule: Int) {
    let (rule, correction) = Self.rules[rule]
    let routing = PairedRouting(rule, experts: 9, correction: correction)
    let weights = routing.weights([1, 3, -2, 3, 0, 0.5, 2, -1, 1])
    #expect(routing.change(weights, weights, by: [Double](repeating: 0, count: 9)).allSatisfy { $0 == 0 })
    guard rule.scoring == .softmax else { return }
    // What all logits gain, no weight does.
    let moved = routing.weights([8, 10, 5, 10, 7, 7.5, 9, 6, 8])
    #expect(routing.change(weights, moved, by: [Double](repeating: 7, count: 9)).allSatisfy { $0 == 0 })
  }

  /// The weights the plain way.
  private func plain(_ logits: [Double], _ rule: Routing, _ correction: [Float]?) -> [Double] {
    let powers = logits.map { rule.scoring == .sigmoid ? 1 / (1 + exp(-$0)) : exp($0) }
    let scores = rule.scoring == .sigmoid ? powers : powers.map { $0 / powers.reduce(0, +) }
    var choice = zip(scores, correction ?? [Float](repeating: 0, count: 9)).map { $0 + Double($1) }
    let size = 9 / rule.groups
    let sums = (0..<rule.groups).map { choice[$0 * size..<($0 + 1) * size].sorted(by: >).prefix(2).reduce(0, +) }
    for group in sums.indices.sorted(by: { sums[$0] > sums[$1] }).dropFirst(rule.topGroups) {
      for expert in group * size..<(group + 1) * size { choice[expert] = -.infinity }
    }
    let chosen = Set(choice.indices.sorted { choice[$0] > choice[$1] }.prefix(rule.topK))
    let sum = rule.isNormalized ? chosen.reduce(0) { $0 + scores[$1] } : 1
    return scores.indices.map { chosen.contains($0) ? rule.factor * scores[$0] / sum : 0 }
  }
}
