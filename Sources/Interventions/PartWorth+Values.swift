import Results
import Statistics

extension PartWorth {
  /// Computes what the parts are worth from what the runs have found.
  mutating func value() {
    let outcomes = sets.map(\.prompts)
    let prompts = outcomes.first?.indices ?? 0..<0
    // By prompt, of each part and then of all together.
    let costs = prompts.map { prompt -> [Double]? in
      let found = outcomes.compactMap { $0[prompt] }
      guard found.count == sets.count else { return nil }
      let cost = { (set: Int) in set == 0 ? 0 : found[set - 1].knockout - found[set - 1].adapted }
      return Shapley.values(parts: parts.count, cost) + [cost(sets.count)]
    }
    for part in parts.indices { parts[part].worth = Cost(costs.map { $0?[part] }, outcomes[0]) }
    whole = Cost(costs.map { $0?[parts.count] }, outcomes[0])
  }
}

extension PartWorth.Cost {
  /// A cost that is known by prompt, pooled as the ratio of sums weighted by tokens.
  fileprivate init(_ costs: [Double?], _ outcomes: [PredictionOutcome?]) {
    let known = zip(costs, outcomes).map { cost, outcome in
      cost.flatMap { cost in outcome.map { (cost: cost, tokens: Double($0.tokens), benefit: $0.base - $0.adapted) } }
    }
    self.init(
      prompts: known.map { prompt in
        prompt.map {
          PartWorth.PromptCost(loss: $0.cost, benefitLost: $0.benefit > 0 ? $0.cost / $0.benefit : nil)
        }
      })
    func ratio(_ whole: (Double) -> Double) -> [(part: Double, whole: Double)] {
      known.map { prompt in prompt.map { ($0.tokens * $0.cost, $0.tokens * whole($0.benefit)) } ?? (0, 0) }
    }
    func pooled(_ prompts: [(part: Double, whole: Double)]) -> Double? {
      let whole = prompts.reduce(0) { $0 + $1.whole }
      return whole > 0 ? prompts.reduce(0) { $0 + $1.part } / whole : nil
    }
    let (nats, benefit) = (ratio { _ in 1 }, ratio { $0 })
    (loss, benefitLost) = (pooled(nats), pooled(benefit))
    lossInterval = RatioEstimate.interval(nats)
    benefitLostInterval = benefitLost == nil ? nil : RatioEstimate.interval(benefit)
  }
}
