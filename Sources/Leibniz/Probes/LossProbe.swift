import Attribution
import PairedForward

/// Gathers the losses of the base and of every run and how far the predictions moved, prediction by prediction.
struct LossProbe: Probe {
  /// What is known of one prediction.
  fileprivate struct Prediction: Sendable {
    /// The base's sums, then each run's.
    var sums: [PredictionSums]
    /// By run.
    var shifts: [PredictionShift]

    static func += (left: inout Prediction, right: Prediction) {
      for index in left.sums.indices { left.sums[index] += right.sums[index] }
      for index in left.shifts.indices { left.shifts[index] += right.shifts[index] }
    }
  }

  private let subjects: [Subject]
  private var prompts: [Int] = []
  private var predictions: [Place: Prediction] = [:]

  private struct Place: Hashable {
    var prompt: Int
    var position: Int
  }

  init(_ subjects: [Subject]) { self.subjects = subjects }

  /// By prediction of the task.
  struct Partial: Sendable {
    fileprivate var predictions: [Prediction] = []
  }

  var needs: ProbeNeeds { .logits }

  func begin(_ task: ProbeTask) -> Partial { Partial() }

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    let count = logits.base.columns
    partial.predictions = logits.targets.enumerated().map { row, target in
      let column = logits.vocabulary.contains(target) ? target - logits.vocabulary.lowerBound : nil
      let base = PredictionSums(logits.base[row], count: count, target: column)
      var prediction = Prediction(sums: [base], shifts: [])
      for run in subjects.indices {
        let change = logits.change(of: run, row: row)
        prediction.sums.append(
          change.map { PredictionSums(logits.base[row], change: $0, base: base, count: count, target: column) } ?? base)
        prediction.shifts.append(
          change.map { PredictionShift(logits.base[row], change: $0, count: count) } ?? PredictionShift())
      }
      return prediction
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], layer: LayerSummary) {
    if layer.layer == 0 { prompts += layer.prompts }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for case (.logits(let prompt, let positions), let partial) in partials {
      for (position, own) in zip(positions, partial.predictions) {
        let place = Place(prompt: prompt, position: position)
        if predictions[place] == nil { predictions[place] = own } else { predictions[place]? += own }
      }
    }
  }

  /// By subject, the losses of the tokens after the separator and the divergences everywhere.
  var tables: [LossTable] {
    subjects.enumerated().map { run, subject in
      var table = LossTable(regions: subject.file.regionNames)
      for prompt in prompts {
        let own = subject.prompts[prompt]
        var loss = LossSums()
        for sums in own.lossPositions.compactMap({ self[prompt, $0]?.sums }) {
          (loss.count, loss.base, loss.adapted) = (
            loss.count + 1, loss.base + sums[0].loss, loss.adapted + sums[1 + run].loss
          )
        }
        table.add(loss, divergences: own.regions.runs.map { divergence(prompt, $0, run) })
      }
      return table
    }
  }

  private func divergence(_ prompt: Int, _ positions: [Range<Int>], _ run: Int) -> DivergenceSums {
    var result = DivergenceSums()
    for shift in positions.joined().compactMap({ self[prompt, $0]?.shifts[run] }) {
      (result.count, result.divergence) = (result.count + 1, result.divergence + shift.divergence)
    }
    return result
  }

  private subscript(prompt: Int, position: Int) -> Prediction? {
    predictions[Place(prompt: prompt, position: position)]
  }
}
