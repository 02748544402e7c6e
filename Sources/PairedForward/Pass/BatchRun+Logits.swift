import Architectures
import Checkpoints
import LinearAlgebra

/// Logits of the predictions that prompts ask for, from the last residual stream.
extension BatchRun {
  /// Vocabulary rows that are widened together, so that logits never need much memory.
  private static let vocabularySlice = 4096

  /// What one task takes: consecutive predictions of one prompt under all runs.
  private struct Predictions: Sendable {
    let prompt: Int
    let positions: Range<Int>
    let targets: [Int]
    let stack: RowStack
  }

  /// Shows the logits slice by slice of the vocabulary.
  func showLogits<Watching: Probe>(_ probe: inout Watching) throws(CheckpointError) {
    let pass = HeadPass(
      head: description.head,
      norm: try PairedNorm(description.finalNorm, model: forward.model, adaptations: adaptations),
      activations: activations, runs: states.filter { $0.memory != nil && $0.rows.count > 0 })
    let predictions = predictions(pass.runs)
    var origins = [Int?](repeating: nil, count: states.count)
    for state in states { origins[state.index] = state.origin.map { states[$0].index } }
    for slice in (0..<pass.head.linear.outputs).pieces(of: Self.vocabularySlice) {
      var widening = Widening(model: forward.model, adaptations: adaptations)
      let linear = try widening.plan([(Projection(pass.head.linear, rows: RowSelection(slice)), nil)])
      try widening.run(on: forward.workers)
      let (watching, scratches, origins) = (probe, scratches, origins)
      let partials = forward.workers.map(predictions.count) { number, worker in
        let rows = predictions[number]
        let task = ProbeTask.logits(prompt: rows.prompt, positions: rows.positions)
        var partial = watching.begin(task)
        let logits = pass.logits(rows.stack, linear, scratches[worker])
        watching.see(
          LogitRows(
            prompt: rows.prompt, positions: rows.positions, vocabulary: slice, targets: rows.targets,
            base: ReadOnlyMatrix(logits.rows(0..<rows.positions.count)),
            changes: pass.changes(logits, rows.stack, origins.count),
            origins: origins), &partial)
        return (task: task, partial: partial)
      }
      probe.fold(partials, vocabulary: slice)
    }
  }

  private func predictions(_ runs: [RunState]) -> [Predictions] {
    let length = max(1, 512 / (1 + runs.count))
    return zip(batch.spans, batch.prompts).flatMap { span, prompt in
      prompt.predictions.clamped(to: 0..<max(span.count - 1, 0)).pieces(of: length).map { positions in
        let rows = span.rows.lowerBound + positions.lowerBound..<span.rows.lowerBound + positions.upperBound
        return Predictions(
          prompt: span.prompt, positions: positions, targets: positions.map { prompt.tokens[$0 + 1] },
          stack: RowStack(rows, runs: runs))
      }
    }
  }
}

/// From the last stream to logits.
private struct HeadPass: Sendable {
  let head: HeadDescription
  let norm: PairedNorm
  let activations: Activations
  let runs: [RunState]

  /// Logits of base rows and, under them, their changes, over a slice of the vocabulary.
  func logits(_ stack: RowStack, _ linear: PairedLinear, _ scratch: Scratch) -> MatrixView {
    let stream = activations.stream.view.rows(stack.baseRows)
    let all = scratch.matrix(.input, rows: stack.total, columns: stream.columns)
    for row in 0..<stream.rows { norm.apply(stream[row], count: stream.columns, into: all[row]) }
    let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: stream.columns)
    for slice in stack.slices {
      let run = runs[slice.run]
      guard let memory = run.memory else { continue }
      for (own, row) in zip(slice.own, slice.rows) {
        let (base, delta) = (stack.baseRow[row], all[stream.rows + row])
        norm.applyDelta(
          stream[base], memory.stream.view[own], count: stream.columns, adaptation: run.adaptation,
          mask: run.masks[nil].other[own], into: delta)
        for column in 0..<stream.columns { sum[row][column] = all[base][column] + delta[column] }
      }
    }
    let logits = scratch.matrix(.projected, rows: stack.total, columns: linear.outputs)
    linear.apply(LinearInput(all: all, sum: sum), stack, into: logits, scratch)
    linear.addBiasChanges(stack, to: logits.rows(stream.rows..<stack.total))
    scale(logits, stack)
    return logits
  }

  private func scale(_ logits: MatrixView, _ stack: RowStack) {
    let factor = Float(head.logitMultiplier)
    if factor != 1 {
      for row in 0..<logits.rows {
        for column in 0..<logits.columns { logits[row][column] *= factor }
      }
    }
    guard let cap = head.softCap else { return }
    for row in 0..<stack.deltaRows {
      softCapChange(
        logits[stack.baseRow[row]], logits[stack.baseRows.count + row], count: logits.columns, cap: Float(cap))
    }
    for row in 0..<stack.baseRows.count { softCap(logits[row], count: logits.columns, cap: Float(cap)) }
  }

  /// By run, its changes and the first of the stack's rows that has one.
  func changes(_ logits: MatrixView, _ stack: RowStack, _ count: Int) -> [(first: Int, delta: ReadOnlyMatrix)?] {
    var changes = [(first: Int, delta: ReadOnlyMatrix)?](repeating: nil, count: count)
    let deltas = logits.rows(stack.baseRows.count..<logits.rows)
    for slice in stack.slices {
      changes[runs[slice.run].index] = (stack.baseRow[slice.rows.lowerBound], ReadOnlyMatrix(deltas.rows(slice.rows)))
    }
    return changes
  }
}
