import Attribution
import PairedForward
import Results

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
    partial = logits.targets.indices.map { prediction(logits, $0) }
  }

  private func prediction(_ logits: LogitRows, _ row: Int) -> Prediction {
    let (count, values, column) = (logits.base.columns, logits.base[row], logits.targetColumn(row))
    let first = logits.vocabulary.lowerBound
    let own = PredictionSums(values, count: count, target: column)
    func sums(_ run: Int) -> PredictionSums {
      guard logits.holds(run, row: row) else { return PredictionSums() }
      return logits.change(of: run, row: row)
        .map { PredictionSums(values, change: $0, base: own, count: count, target: column) } ?? own
    }
    func likeliest(_ run: Int) -> LikeliestToken {
      guard logits.holds(run, row: row) else { return LikeliestToken() }
      return LikeliestToken(values, change: logits.change(of: run, row: row), count: count, first: first)
    }
    let (change, token) = (logits.change(of: 0, row: row), likeliest(0))
    let shifts = withUnsafeTemporaryAllocation(of: Float.self, capacity: 3 * count) { buffer -> [InterventionShift] in
      guard let sum = buffer.baseAddress else { return [] }
      let (powers, difference) = (sum + count, sum + 2 * count)
      addRows(values, change, into: sum, count)
      let reference = ReferenceLogits(sum, count: count, powers: powers)
      let same = InterventionShift(reference, difference: nil, likeliest: token, target: column)
      return (1..<runs).map { run in
        let own = logits.change(of: run, row: row)
        let isAdapted = logits.hasOwnVocabulary(run, row: row)
        let others = isAdapted == logits.hasOwnVocabulary(0, row: row) ? nil : sums(run)
        let isShared = logits.holds(0, row: row) && logits.holds(run, row: row)
        if own == change, others == nil, isShared { return same }
        let isBase = !isAdapted && isZeroRow(own, count)
        guard isShared else { return InterventionShift(likeliest: likeliest(run), isBase: isBase, sums: others) }
        subtractRows(own, change, into: difference, count)
        return InterventionShift(
          reference, difference: difference, likeliest: likeliest(run), target: column, isBase: isBase, sums: others)
      }
    }
    return Prediction(
      base: logits.isOfBase ? own : PredictionSums(), adapted: sums(0), likeliest: token, shifts: shifts)
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
      let knockout = shift.loss(adapted: prediction.adapted, base: prediction.base)
      let losses = [prediction.base.loss, prediction.adapted.loss, knockout]
      // A token that one of the vocabularies lacks is left out.
      if losses.contains(.infinity) { continue }
      result.tokens += 1
      result.base += losses[0]
      result.adapted += losses[1]
      result.knockout += knockout
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
