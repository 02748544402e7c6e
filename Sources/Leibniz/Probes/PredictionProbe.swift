import Attribution
import PairedForward

/// Gathers what interventions do to predictions: run 0 is the adapted model, every other one an intervention.
struct PredictionProbe: Probe {
  private let runs: Int
  /// By prompt and position.
  private var found: [Place: Prediction] = [:]

  private struct Place: Hashable {
    var prompt: Int
    var position: Int
  }

  /// One prediction under all runs.
  struct Prediction: Sendable {
    var base: PredictionSums
    var adapted: PredictionSums
    var likeliest: LikeliestToken
    /// By intervention.
    var shifts: [InterventionShift]

    mutating func add(_ other: Prediction) {
      base += other.base
      adapted += other.adapted
      likeliest += other.likeliest
      for index in shifts.indices { shifts[index] += other.shifts[index] }
    }
  }

  init(runs: Int) { self.runs = runs }

  /// By prediction of the task.
  typealias Partial = [Prediction]

  var needs: ProbeNeeds { .logits }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    partial = logits.targets.enumerated().map { row, target in prediction(logits, row, target) }
  }

  private func prediction(_ logits: LogitRows, _ row: Int, _ target: Int) -> Prediction {
    let (count, values) = (logits.base.columns, logits.base[row])
    let column = logits.vocabulary.contains(target) ? target - logits.vocabulary.lowerBound : nil
    let change = logits.change(of: 0, row: row)
    let base = PredictionSums(values, count: count, target: column)
    let adapted =
      change.map { PredictionSums(values, change: $0, base: base, count: count, target: column) } ?? base
    let first = logits.vocabulary.lowerBound
    let likeliest = LikeliestToken(values, change: change, count: count, first: first)
    let shifts = withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { buffer -> [InterventionShift] in
      guard let sum = buffer.baseAddress else { return [] }
      let (powers, difference) = (sum + count, sum + 2 * count)
      addRows(values, change, into: sum, count)
      let reference = ReferenceLogits(sum, count: count, powers: powers)
      let same = InterventionShift(reference, difference: nil, likeliest: likeliest, target: column)
      return (1..<runs).map { run in
        let own = logits.change(of: run, row: row)
        if own == change { return same }
        subtractRows(own, change, into: difference, count)
        return InterventionShift(
          reference, difference: difference,
          likeliest: LikeliestToken(values, change: own, count: count, first: first), target: column,
          isBase: isZeroRow(own, count))
      }
    }
    return Prediction(base: base, adapted: adapted, likeliest: likeliest, shifts: shifts)
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for case (.logits(let prompt, let positions), let partial) in partials {
      for (position, own) in zip(positions, partial) {
        found[Place(prompt: prompt, position: position), default: own].merge(own, isFirst: vocabulary.lowerBound == 0)
      }
    }
  }

  /// Sums over some predictions of a prompt under an intervention.
  func sums(prompt: Int, positions: [Int], run: Int) -> OutcomeSums {
    var result = OutcomeSums()
    for prediction in positions.compactMap({ found[Place(prompt: prompt, position: $0)] }) {
      let shift = prediction.shifts[run - 1]
      result.tokens += 1
      result.base += prediction.base.loss
      result.adapted += prediction.adapted.loss
      result.knockout += shift.loss(adapted: prediction.adapted, base: prediction.base)
      result.divergence += shift.divergence
      result.agreeing += shift.likeliest.token == prediction.likeliest.token ? 1 : 0
    }
    return result
  }
}

extension PredictionProbe.Prediction {
  /// Takes in a slice; the first one of the vocabulary stands there already.
  fileprivate mutating func merge(_ slice: Self, isFirst: Bool) {
    if !isFirst { add(slice) }
  }
}
