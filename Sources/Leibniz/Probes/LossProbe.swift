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

  private var predictions: [Place: Prediction] = [:]
  private let runs: Int

  private struct Place: Hashable {
    var prompt: Int
    var position: Int
  }

  init(runs: Int) { self.runs = runs }

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
      for run in 0..<runs {
        let change = logits.change(of: run, row: row)
        prediction.sums.append(
          change.map { PredictionSums(logits.base[row], change: $0, base: base, count: count, target: column) } ?? base)
        prediction.shifts.append(
          change.map { PredictionShift(logits.base[row], change: $0, count: count) } ?? PredictionShift())
      }
      return prediction
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for case (.logits(let prompt, let positions), let partial) in partials {
      for (position, own) in zip(positions, partial.predictions) {
        let place = Place(prompt: prompt, position: position)
        if predictions[place] == nil { predictions[place] = own } else { predictions[place]? += own }
      }
    }
  }

  /// Mean losses of a prompt's predictions in the base and under a run; nil where there are none.
  func mean(prompt: Int, positions: Range<Int>, run: Int) -> (base: Double, adapted: Double)? {
    let own = positions.compactMap { predictions[Place(prompt: prompt, position: $0)]?.sums }
    guard !own.isEmpty else { return nil }
    let count = Double(own.count)
    return (own.reduce(0) { $0 + $1[0].loss } / count, own.reduce(0) { $0 + $1[1 + run].loss } / count)
  }

  /// The mean of KL(base ‖ run) over the predictions that are made at some positions, and their number.
  /// - Parameter positions: By prompt, runs of positions.
  func divergence(positions: [[Range<Int>]], run: Int) -> (mean: Double, predictions: Int)? {
    var (sum, count) = (0.0, 0)
    for (prompt, runs) in positions.enumerated() {
      for position in runs.joined() {
        guard let own = predictions[Place(prompt: prompt, position: position)] else { continue }
        sum += own.shifts[run].divergence
        count += 1
      }
    }
    return count == 0 ? nil : (sum / Double(count), count)
  }
}
