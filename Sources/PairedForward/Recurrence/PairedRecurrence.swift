import Architectures
import LinearAlgebra

/// The recurrence of one layer over a batch: what its projections gave goes from token to token, and what is read goes to where the heads of
/// an attention stand.
struct PairedRecurrence: Sendable {
  let index: Int
  let batch: Batch
  let activations: Activations
  let runs: [RecurringRun]
  let weights: RecurrenceWeights
  /// Whether the terms of what is read are shown.
  let showsTerms: Bool

  /// A key head with its value heads, or some channels, of one span.
  struct Task {
    var span: Int
    var part: Int
  }

  /// Channels of a convolution that a task takes.
  private static let channels = 256

  /// All tasks; they depend on the batch alone.
  var tasks: [Task] {
    let parts =
      switch weights.recurrence {
      case .deltaRule(let rule): rule.keyHeads
      case .convolution(let short): (short.convolution.channels + Self.channels - 1) / Self.channels
      }
    return batch.spans.indices.flatMap { span in (0..<parts).map { Task(span: span, part: $0) } }
  }

  /// Runs one.
  func run(_ task: Task, show: (RecurrenceRows) -> Void) {
    switch weights.recurrence {
    case .deltaRule(let rule): DeltaRuleTask(rule, task, self).run(show: show)
    case .convolution(let short):
      let first = task.part * Self.channels
      convolve(short, task.span, first..<min(first + Self.channels, short.convolution.channels))
    }
  }

  /// What a convolution sees of the base at a token.
  func taps(_ span: Int, _ position: Int) -> CausalConvolution.Taps {
    let (kernel, first) = (weights.convolution.kernel, batch.spans[span].rows.lowerBound)
    return (position - kernel + 1...position).map {
      $0 < 0 ? nil : UnsafePointer(activations.queryKeyValue.view[first + $0])
    }
  }

  /// What it sees of a run's changes.
  func taps(_ run: RecurringRun, _ span: Int, _ position: Int) -> CausalConvolution.Taps {
    (position - weights.convolution.kernel + 1...position).map { $0 < 0 ? nil : run.inputs(span, $0) }
  }

  /// C ⊙ conv(B ⊙ x) and its change, dC ⊙ (u + du) + C ⊙ du.
  private func convolve(_ short: ShortConvolution, _ span: Int, _ channels: Range<Int>) {
    let (width, end) = (short.convolution.channels, channels.upperBound)
    let (first, convolution) = (batch.spans[span].rows.lowerBound, weights.convolution)
    for position in 0..<batch.spans[span].count {
      let taps = taps(span, position)
      let row = UnsafePointer(activations.queryKeyValue.view[first + position])
      let changed = runs.compactMap { run in
        run.ownRow(span, position).map { (run, $0, self.taps(run, span, position)) }
      }
      let target = activations.heads.view[first + position]
      for channel in stride(from: channels.lowerBound, to: end, by: 8) {
        func part(_ row: UnsafePointer<Float>, _ part: Int) -> DoubleLanes {
          readDoubles(row + part * width, channel, end)
        }
        func input(_ row: UnsafePointer<Float>) -> DoubleLanes { part(row, 0) * part(row, 2) }
        func change(_ row: UnsafePointer<Float>, _ delta: UnsafePointer<Float>) -> DoubleLanes {
          let dx = part(delta, 2)
          return part(delta, 0) * (part(row, 2) + dx) + part(row, 0) * dx
        }
        let (c, u) = (part(row, 1), convolution.value(channel, before: end, taps, input))
        writeRounded(c * u, target, channel, end)
        for (run, own, steps) in changed {
          let du = convolution.delta(
            channel, before: end, taps, steps, adaptation: run.state.adaptation, mask: run.mask(span, position), input,
            change)
          let dc = part(run.memory.queryKeyValue.view[own], 1)
          writeRounded(dc * (u + du) + c * du, run.memory.heads.view[own], channel, end)
        }
      }
    }
  }
}
