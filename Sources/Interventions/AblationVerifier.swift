import Checkpoints
import Measures
import PairedForward
import ReferenceForward
import Results
import Subjects

/// Recomputes interventions by plain double-precision runs, which share only the description and the weights with the pass.
struct AblationVerifier {
  private let ablater: Ablater

  init(_ ablater: Ablater) { self.ablater = ablater }

  /// Runs the first prompts anew and holds the interventions that were asked for against plain runs, with all sets whose parts' worth
  /// was; of a family, the member that does most harm to these prompts. What the others do does not bear on it, so that every share of
  /// a run finds the same.
  /// - Parameter progress: Called with the part that is done.
  func verify(progress: (Double) -> Void) throws -> Verification {
    let first = ablater.first(min(ablater.options.verifiedPrompts, ablater.subject.prompts.count))
    let ablation = AblationFrame(blanks: [first.blank]).reports(from: [try AblationPass(first).all()])[0]
    var ledger = DisagreementLedger()
    let chosen = chosen(ablation)
    for (index, prompt) in first.subject.prompts.enumerated() {
      try verify(first, chosen, index: index, prompt, &ledger) { step in
        progress((Double(index) + Double(step) / Double(chosen.count)) / Double(ablation.prompts.count))
      }
    }
    return ledger.verification(prompts: ablation.prompts.count)
  }

  private func verify(
    _ first: Ablater, _ chosen: [(found: Knockout, intervention: Intervention)], index: Int, _ prompt: SubjectPrompt,
    _ ledger: inout DisagreementLedger, step: (Int) -> Void
  ) throws {
    let (subject, positions) = (first.subject, ablater.positions(prompt))
    guard let from = positions.min(), let last = positions.max() else { return }
    let wanted = from..<last + 1
    let base = try subject.plainBase(prompt).run(
      prompt.prompt.tokens, logitPositions: wanted, keeping: .all)
    let adapted = try subject.plainRun(prompt, base: base, positions: wanted)
    for (count, run) in chosen.enumerated() {
      step(count)
      guard let found = run.found.prompts[index] else { continue }
      let own = try subject.omitting(run.intervention)
      let intervened = try own.plainRun(own.prompts[index], base: base, positions: wanted)
      let plain = PredictionOutcome(base, adapted, intervened, prompt.prompt.tokens, positions)
      compare(found, plain, "\(run.found.name), prompt \(prompt.prompt.id)", &ledger)
    }
  }

  private func chosen(_ ablation: Ablation) -> [(found: Knockout, intervention: Intervention)] {
    let singles = ablation.knockouts.indices.filter { ablation.knockouts[$0].sweep == nil }
    let families = Set(ablation.knockouts.compactMap(\.sweep)).sorted().compactMap { sweep in
      ablation.knockouts.indices.filter { ablation.knockouts[$0].sweep == sweep }.max {
        ablation.knockouts[$0].benefitLost ?? 0 < ablation.knockouts[$1].benefitLost ?? 0
      }
    }
    let own = (singles + families).map { (ablation.knockouts[$0], ablater.interventions[$0]) }
    let all = own + zip(ablation.worths.flatMap(\.sets), ablater.sets.flatMap(\.self))
    return SharedRuns(all.map(\.1)).uses.map { all[$0[0]] }
  }

  private func compare(
    _ found: PredictionOutcome, _ plain: PredictionOutcome?, _ place: String, _ ledger: inout DisagreementLedger
  ) {
    // A divergence far below what a loss resolves counts against that; a tie may fall either way.
    ledger.add("kl", found.kl, plain?.kl ?? .nan, floor: 1e-4, place)
    ledger.add("loss.base", found.base, plain?.base ?? .nan, floor: 1, place)
    ledger.add("loss.adapted", found.adapted, plain?.adapted ?? .nan, floor: 1, place)
    ledger.add("loss.intervened", found.knockout, plain?.knockout ?? .nan, floor: 1, place)
  }
}

extension PredictionOutcome {
  /// The outcome of plain runs at some positions, those next to each other together; nil where there are none.
  fileprivate init?(
    _ base: ReferenceRun, _ adapted: ReferenceRun, _ intervened: ReferenceRun, _ tokens: [Int], _ positions: [Int]
  ) {
    let outcomes = positions.runs.compactMap { run in
      ReferenceOutcome(
        base: base, adapted: adapted, intervened: intervened, tokens: tokens,
        predicted: run.lowerBound + 1..<run.upperBound + 2)
    }
    self.init(
      pooling: outcomes.map {
        PredictionOutcome(
          tokens: $0.tokens, base: $0.base, adapted: $0.adapted, knockout: $0.intervened, kl: $0.divergence,
          agreement: $0.agreement)
      })
  }
}
