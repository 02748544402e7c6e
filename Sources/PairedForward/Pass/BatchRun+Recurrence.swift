import Architectures
import LinearAlgebra

/// A layer that no attention mixes.
extension BatchRun {
  /// Takes what the projections gave from token to token.
  func recur<Watching: Probe>(
    _ index: Int, _ weights: RecurrenceWeights, _ probe: Watching
  ) -> [(task: ProbeTask, partial: Watching.Partial)] {
    let states = states
    let recurrence = PairedRecurrence(
      index: index, batch: batch, activations: activations,
      runs: states.compactMap { RecurringRun($0, in: index, states: states) }, weights: weights,
      showsTerms: needs.contains(.recurrence))
    let tasks = recurrence.tasks
    return forward.workers.map(tasks.count) { place, _ in
      let task = ProbeTask.recurrence(
        layer: index, prompt: recurrence.batch.spans[tasks[place].span].prompt, part: tasks[place].part)
      var partial = probe.begin(task)
      recurrence.run(tasks[place]) { probe.see($0, &partial) }
      return (task, partial)
    }
  }
}

extension LayerPass {
  /// x → what a recurrence reads, with its changes.
  func projectToRecurrence(_ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) {
    let linear = weights.queryKeyValue
    let input = normedStream(stack, weights.attentionInputNorm, scratch, isSplit: showsProducts)
    let output = scratch.matrix(.projected, rows: stack.total, columns: linear.outputs)
    let parts = showsProducts ? self.parts(stack, linear.outputs, scratch) : nil
    linear.apply(input, stack, into: output, parts: parts, scratch)
    if let parts { self.show(parts, stack, linear, show) }
    let (base, delta) = (output.rows(0..<stack.baseRows.count), output.rows(stack.baseRows.count..<stack.total))
    linear.addBiasChanges(stack, to: delta)
    base.copy(into: activations.queryKeyValue.view.columns(0..<linear.outputs).rows(stack.baseRows))
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      delta.rows(slice.rows).copy(into: memory.queryKeyValue.view.columns(0..<linear.outputs).rows(slice.own))
    }
  }

  /// Takes heads through the gates of an attention's output in place, σ(g) ⊙ z: dG ⊙ (z + dz) + G ⊙ dz.
  func gate(_ heads: MatrixView, _ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) {
    let (columns, width) = (AttentionColumns(layer.attention).gate, heads.columns)
    guard !columns.isEmpty else { return }
    let parts = showsProducts ? self.parts(stack, width, scratch) : nil
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      for (own, row) in zip(slice.own, slice.rows) {
        let base = stack.baseRow[row]
        let g = activations.queryKeyValue.view[stack.baseRows.lowerBound + base] + columns.lowerBound
        let dg = memory.queryKeyValue.view[own] + columns.lowerBound
        let (z, dz) = (heads[base], heads[stack.baseRows.count + row])
        let written = memory.written?.attention.flatMap {
          $0.places[own] == nil ? nil : $0.mixed(own..<own + 1, 0..<width)
        }
        for column in 0..<width {
          let (value, step) = PairedSigmoid.pair(g[column], dg[column])
          if let written {
            for part in written.dropLast() { part[0][column] *= value }
            written[written.count - 1][0][column] = step * (z[column] + dz[column])
          }
          if let parts {
            parts.own[row][column] = step * z[column]
            parts.inherited[row][column] = value * dz[column]
            parts.joint[row][column] = step * dz[column]
          }
          dz[column] = step * (z[column] + dz[column]) + value * dz[column]
        }
      }
    }
    if let parts { self.show(.gateTimesHeads, stack, parts.own, parts.inherited, parts.joint, show) }
    for row in 0..<stack.baseRows.count {
      let g = activations.queryKeyValue.view[stack.baseRows.lowerBound + row] + columns.lowerBound
      for column in 0..<width { heads[row][column] *= PairedSigmoid.pair(g[column], 0).value }
    }
  }
}
