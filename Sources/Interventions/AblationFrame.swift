import Attribution
import Results
import Statistics

/// What reports of an ablation hold besides their numbers, and how they follow from sums.
package struct AblationFrame {
  /// By adapter, its ablation without a number.
  package var blanks: [Ablation]

  /// An ablation of each adapter.
  package func reports(from sums: [AblationSums]) -> [Ablation] { zip(blanks, sums).map(ablation) }

  private func ablation(_ blank: Ablation, from sums: AblationSums) -> Ablation {
    var ablation = blank
    // In the order of ``Ablation/runs``.
    var outcomes = sums.outcomes(runs: blank.runs.count, prompts: blank.prompts.count)[...]
    for index in ablation.overview.indices { ablation.overview[index].fill(outcomes.removeFirst()) }
    for index in ablation.knockouts.indices { ablation.knockouts[index].fill(outcomes.removeFirst()) }
    for worth in ablation.worths.indices {
      for set in ablation.worths[worth].sets.indices { ablation.worths[worth].sets[set].fill(outcomes.removeFirst()) }
      ablation.worths[worth].value()
    }
    let lowersLoss = ablation.runs.first?.pooled.map { $0.adapted < $0.base } ?? false
    if !lowersLoss {
      ablation.warnings.append("The adapter does not lower the loss on these prompts, so there is no benefit to lose.")
    }
    return ablation
  }
}

extension Knockout {
  /// Takes in what the intervention did, with the benefit that was lost over all prompts.
  fileprivate mutating func fill(_ outcomes: [PredictionOutcome?]) {
    prompts = outcomes
    let sums = outcomes.map { outcome in
      outcome.map {
        (part: Double($0.tokens) * ($0.knockout - $0.adapted), whole: Double($0.tokens) * ($0.base - $0.adapted))
      } ?? (part: 0, whole: 0)
    }
    let (part, whole) = (sums.reduce(0) { $0 + $1.part }, sums.reduce(0) { $0 + $1.whole })
    guard whole > 0 else { return }
    benefitLost = part / whole
    benefitLostInterval = RatioEstimate.interval(sums)
  }
}
