import Architectures
import Checkpoints
import LinearAlgebra

/// Logits of the predictions that prompts ask for, from the last residual stream.
extension BatchRun {
  /// Vocabulary rows that are widened together, so that logits never need much memory.
  static let vocabularySlice = 2048

  /// What one task takes: consecutive predictions of one prompt under all runs.
  struct Predictions: Sendable {
    let prompt: Int
    let positions: Range<Int>
    let targets: [Int]
    let stack: RowStack
  }

  /// Shows the logits slice by slice of the vocabulary. Afterwards the streams of the predictions hold what the head reads.
  func showLogits<Watching: Probe>(_ probe: inout Watching) throws(CheckpointError) {
    let pass = HeadPass(
      head: description.head, activations: activations,
      runs: states.filter { $0.predicts && $0.memory != nil && $0.rows.count > 0 })
    let norm = try PairedNorm(description.finalNorm, model: forward.model, adaptations: adaptations)
    let predictions = predictions(pass.runs)
    if needs.contains(.writers) { prepareAttributed(norm) }
    forward.workers.forEach(predictions.count) { number, _ in pass.normalize(predictions[number].stack, norm) }
    var origins = [Int?](repeating: nil, count: states.count)
    var predicts = [Bool](repeating: false, count: states.count)
    for state in states {
      origins[state.index] = state.origin.map { states[$0].index }
      predicts[state.index] = state.predicts
    }
    for slice in vocabulary.slices(of: Self.vocabularySlice) {
      let linear = try self.linear(pass.head.linear, slice)
      let vocabulary = vocabulary
      let (watching, scratches, origins, predicts) = (probe, scratches, origins, predicts)
      let partials = forward.workers.map(predictions.count) { number, worker in
        let rows = predictions[number]
        let task = ProbeTask.logits(prompt: rows.prompt, positions: rows.positions)
        var partial = watching.begin(task)
        let logits = pass.logits(rows.stack, linear, scratches[worker])
        watching.see(
          LogitRows(
            prompt: rows.prompt, positions: rows.positions, vocabulary: slice.tokens, targets: rows.targets,
            base: ReadOnlyMatrix(logits.rows(0..<rows.positions.count)),
            changes: pass.changes(logits, rows.stack, origins.count), origins: origins, predicts: predicts,
            isOfBase: slice.owner == nil, adaptedHolds: vocabulary.holders(slice),
            ownVocabulary: vocabulary.own(prompt: rows.prompt, rows.positions)), &partial)
        return (task: task, partial: partial)
      }
      probe.fold(partials, vocabulary: slice.tokens)
    }
    if needs.contains(.writers) { try attribute(pass, norm, &probe) }
  }

  /// The head's rows of a slice: the base's with all changes, or whole ones that one adaptation alone has.
  func linear(_ head: Linear, _ slice: HeadVocabulary.Slice) throws(CheckpointError) -> PairedLinear {
    guard let owner = slice.owner, let own = adaptations[owner].vocabulary else {
      var widening = Widening(model: forward.model, adaptations: adaptations)
      let linear = try widening.plan([(Projection(head, rows: RowSelection(slice.tokens)), nil)])
      try widening.run(on: forward.workers)
      return linear
    }
    let weight = Matrix(rows: slice.tokens.count, columns: head.inputs)
    try own.formHead(slice.tokens, weight.elements)
    return PairedLinear(
      weight: weight, bias: own.headBias.map { bias in slice.tokens.map { bias[$0 - head.outputs] } },
      sites: [(nil, 0..<slice.tokens.count)], changes: adaptations.map { _ in WeightChange() })
  }

  private func predictions(_ runs: [RunState]) -> [Predictions] {
    predictions(runs) { [$0.predictions] }
  }

  /// Some predictions of each prompt, in pieces.
  func predictions(_ runs: [RunState], _ wanted: (ForwardPrompt) -> [Range<Int>]) -> [Predictions] {
    // Rows enough that packing the weights for them counts little, but tasks enough for all threads.
    let length = max(1, min(256, 1024 / (1 + runs.count)))
    return zip(batch.spans, batch.prompts).flatMap { span, prompt in
      wanted(prompt).flatMap { $0.clamped(to: 0..<max(span.count - 1, 0)).pieces(of: length) }.map { positions in
        let rows = span.rows.lowerBound + positions.lowerBound..<span.rows.lowerBound + positions.upperBound
        return Predictions(
          prompt: span.prompt, positions: positions, targets: positions.map { prompt.tokens[$0 + 1] },
          stack: RowStack(rows, runs: runs))
      }
    }
  }
}

/// From the last stream to logits.
struct HeadPass: Sendable {
  let head: HeadDescription
  let activations: Activations
  let runs: [RunState]

  /// The final norm of the streams, in place: every slice of the vocabulary reads it.
  func normalize(_ stack: RowStack, _ norm: PairedNorm) {
    let stream = activations.stream.view.rows(stack.baseRows)
    for slice in stack.slices {
      let run = runs[slice.run]
      guard let memory = run.memory else { continue }
      for (own, row) in zip(slice.own, slice.rows) {
        let delta = memory.stream.view[own]
        norm.applyDelta(
          stream[stack.baseRow[row]], delta, count: stream.columns, adaptation: run.adaptation,
          mask: run.masks[nil].other[own], into: delta)
      }
    }
    for row in 0..<stream.rows { norm.apply(stream[row], count: stream.columns, into: stream[row]) }
  }

  /// Logits of base rows and, under them, their changes, over a slice of the vocabulary.
  func logits(_ stack: RowStack, _ linear: PairedLinear, _ scratch: Scratch) -> MatrixView {
    let logits = rawLogits(stack, linear, scratch)
    scale(logits, stack)
    return logits
  }

  /// The same before multiplier and soft cap. What a changed head reads, x + dx, is left in `sum`.
  func rawLogits(_ stack: RowStack, _ linear: PairedLinear, _ scratch: Scratch) -> MatrixView {
    let stream = activations.stream.view.rows(stack.baseRows)
    let all = scratch.matrix(.input, rows: stack.total, columns: stream.columns)
    stream.copy(into: all.rows(0..<stream.rows))
    let delta = all.rows(stream.rows..<stack.total)
    for slice in stack.slices {
      runs[slice.run].memory?.stream.view.rows(slice.own).copy(into: delta.rows(slice.rows))
    }
    let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: stream.columns)
    // Nothing else reads x + dx.
    if linear.changes.contains(where: { !$0.isEmpty }) {
      delta.copy(into: sum)
      for row in 0..<sum.rows { sum.rows(row..<row + 1).add(stream.rows(stack.baseRow[row]..<stack.baseRow[row] + 1)) }
    }
    let logits = scratch.matrix(.projected, rows: stack.total, columns: linear.outputs)
    linear.apply(LinearInput(all: all, sum: sum), stack, into: logits, scratch)
    linear.addBiasChanges(stack, to: logits.rows(stream.rows..<stack.total))
    return logits
  }

  func scale(_ logits: MatrixView, _ stack: RowStack) {
    multiply(logits)
    cap(logits, stack)
  }

  /// Logits times the head's multiplier, in place.
  func multiply(_ logits: MatrixView) {
    let factor = Float(head.logitMultiplier)
    if factor != 1 { logits.scaleRows(by: Array(repeating: factor, count: logits.rows)) }
  }

  /// Logits and their changes behind a soft cap, in place.
  func cap(_ logits: MatrixView, _ stack: RowStack) {
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
