import Architectures
import LinearAlgebra

/// dw·x, w·dx and dw·dx of a recurrence's convolution, before its bias, for those who ask for products; rows of forks are left out.
struct ConvolutionProducts: Sendable {
  let recurrence: PairedRecurrence

  /// Consecutive tokens of a span.
  struct Task {
    let span: Int
    let positions: Range<Int>
  }

  /// What the convolution reads of a channel: a column of a row, or the product of two.
  private struct Input {
    let column: Int
    let other: Int?

    func value(_ row: UnsafePointer<Float>) -> Double {
      Double(row[column]) * (other.map { Double(row[$0]) } ?? 1)
    }

    func change(_ row: UnsafePointer<Float>, _ delta: UnsafePointer<Float>) -> Double {
      let step = Double(delta[column])
      guard let other else { return step }
      return step * (Double(row[other]) + Double(delta[other])) + Double(row[column]) * Double(delta[other])
    }
  }

  /// All tasks; they depend on batch and runs alone.
  var tasks: [Task] {
    recurrence.batch.spans.indices.flatMap { span -> [Task] in
      let first = shown.map { $0.first(span) }.min() ?? recurrence.batch.spans[span].count
      return (first..<recurrence.batch.spans[span].count).pieces(of: 64).map { Task(span: span, positions: $0) }
    }
  }

  private var shown: [RecurringRun] { recurrence.runs.filter { $0.state.origin == nil } }

  /// Shows the terms of every run.
  func run(_ task: Task, show: (ProductRows) -> Void) {
    let own = recurrence.weights.recurrence.convolution
    let inputs = self.inputs
    for run in shown {
      let positions = max(task.positions.lowerBound, run.first(task.span))..<task.positions.upperBound
      guard positions.lowerBound < positions.upperBound else { continue }
      let terms = (0..<3).map { _ in Matrix(rows: positions.count, columns: own.channels) }
      for (row, position) in positions.enumerated() {
        let (taps, steps) = (recurrence.taps(task.span, position), recurrence.taps(run, task.span, position))
        let mask = run.mask(task.span, position)
        for channel in 0..<own.channels {
          let sums = sums(channel, inputs[channel], taps, steps, run, mask)
          for (term, sum) in zip(terms, [sums.x, sums.y, sums.z]) { term.view[row][channel] = Float(sum) }
        }
      }
      // Views do not keep their matrices.
      withExtendedLifetime(terms) {
        show(
          ProductRows(
            layer: recurrence.index, place: .named(own.name),
            rows: positions.map { (run.state.index, recurrence.batch.spans[task.span].prompt, $0) },
            first: ReadOnlyMatrix(terms[0].view), second: ReadOnlyMatrix(terms[1].view),
            both: ReadOnlyMatrix(terms[2].view)))
      }
    }
  }

  private func sums(
    _ channel: Int, _ input: Input, _ taps: CausalConvolution.Taps, _ steps: CausalConvolution.Taps,
    _ run: RecurringRun, _ mask: Double
  ) -> SIMD3<Double> {
    let convolution = recurrence.weights.convolution
    var sums = SIMD3<Double>.zero
    for (place, row) in taps.enumerated() {
      guard let row else { continue }
      let weight = convolution.weight(channel, tap: place)
      let step = mask * convolution.change(channel, tap: place, adaptation: run.state.adaptation)
      let dx = steps[place].map { input.change(row, $0) } ?? 0
      sums += SIMD3(step * input.value(row), weight * dx, step * dx)
    }
    return sums
  }

  /// By channel.
  private var inputs: [Input] {
    switch recurrence.weights.recurrence {
    case .deltaRule(let rule):
      [rule.query, rule.key, rule.value].flatMap { projection in
        (0..<projection.rows.count).map { Input(column: rule.column(projection, row: $0), other: nil) }
      }
    case .convolution(let short):
      (0..<short.convolution.channels).map { Input(column: $0, other: 2 * short.convolution.channels + $0) }
    }
  }
}
