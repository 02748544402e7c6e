import Attribution
import PairedForward

/// Gathers the losses of the base and of every run, prediction by prediction.
struct LossProbe: Probe {
  /// Sums of one prediction: the base's, then each run's.
  private var sums: [Place: [PredictionSums]] = [:]
  private let runs: Int

  private struct Place: Hashable {
    var prompt: Int
    var position: Int
  }

  init(runs: Int) { self.runs = runs }

  /// By prediction of the task.
  typealias Partial = [[PredictionSums]]

  var needs: ProbeNeeds { .logits }

  func begin(_ task: ProbeTask) -> Partial { [] }

  func see(_ logits: LogitRows, _ partial: inout Partial) {
    let count = logits.base.columns
    partial = logits.targets.enumerated().map { row, target in
      let column = logits.vocabulary.contains(target) ? target - logits.vocabulary.lowerBound : nil
      let base = PredictionSums(logits.base[row], count: count, target: column)
      return [base]
        + (0..<runs).map { run in
          logits.change(of: run, row: row).map {
            PredictionSums(logits.base[row], change: $0, base: base, count: count, target: column)
          } ?? base
        }
    }
  }

  mutating func fold(_ partials: [(task: ProbeTask, partial: Partial)], vocabulary: Range<Int>) {
    for case (.logits(let prompt, let positions), let partial) in partials {
      for (position, own) in zip(positions, partial) {
        let place = Place(prompt: prompt, position: position)
        guard var known = sums[place] else {
          sums[place] = own
          continue
        }
        for index in known.indices { known[index] += own[index] }
        sums[place] = known
      }
    }
  }

  /// Mean losses of a prompt's predictions in the base and under a run; nil where there are none.
  func mean(prompt: Int, positions: Range<Int>, run: Int) -> (base: Double, adapted: Double)? {
    let own = positions.compactMap { sums[Place(prompt: prompt, position: $0)] }
    guard !own.isEmpty else { return nil }
    let count = Double(own.count)
    return (own.reduce(0) { $0 + $1[0].loss } / count, own.reduce(0) { $0 + $1[1 + run].loss } / count)
  }
}
