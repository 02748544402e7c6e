import Attribution
import PairedForward
import Results

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

  private let setting: MeasureSetting
  /// By adapter, their names.
  private let regions: [[String]]
  private var prompts: [Int] = []
  private var predictions: [Place: Prediction] = [:]

  private struct Place: Hashable {
    var prompt: Int
    var position: Int
  }

  init(_ setting: MeasureSetting, regions: [[String]]) { (self.setting, self.regions) = (setting, regions) }

  /// By prediction of the task.
  struct Partial: Sendable {
    fileprivate var predictions: [Prediction] = []
  }

  var needs: ProbeNeeds { .logits }

  func begin(_ task: ProbeTask) -> Partial { Partial() }

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    partial.predictions = logits.targets.indices.map { prediction(logits, $0) }
  }

  /// What a slice says of one prediction; divergences are of the rows that the base and a run both have.
  private func prediction(_ logits: LogitRows, _ row: Int) -> Prediction {
    let (values, count, column) = (logits.base[row], logits.base.columns, logits.targetColumn(row))
    let own = PredictionSums(values, count: count, target: column)
    var prediction = Prediction(sums: [logits.isOfBase ? own : PredictionSums()], shifts: [])
    for run in regions.indices {
      guard logits.holds(run, row: row) else {
        prediction.sums.append(PredictionSums())
        prediction.shifts.append(PredictionShift())
        continue
      }
      let change = logits.change(of: run, row: row)
      prediction.sums.append(
        change.map { PredictionSums(values, change: $0, base: own, count: count, target: column) } ?? own)
      prediction.shifts.append(
        logits.isOfBase
          ? change.map { PredictionShift(values, change: $0, count: count) } ?? PredictionShift() : PredictionShift())
    }
    return prediction
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

  /// By adapter, the losses of the tokens that are judged and the divergences everywhere.
  var tables: [LossTable] {
    regions.enumerated().map { run, regions in
      var table = LossTable(regions: regions)
      for prompt in prompts {
        var loss = LossSums()
        // A token that only one of the two has is in neither loss.
        for sums in setting.judged[run][prompt].compactMap({ self[prompt, $0]?.sums })
        where sums[0].loss != .infinity && sums[1 + run].loss != .infinity {
          (loss.count, loss.base, loss.adapted) = (
            loss.count + 1, loss.base + sums[0].loss, loss.adapted + sums[1 + run].loss
          )
        }
        table.add(loss, divergences: setting.maps[run][prompt].runs.map { divergence(prompt, $0, run) })
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
