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
    let partials = forward.workers.map(tasks.count) { place, _ in
      let task = ProbeTask.recurrence(
        layer: index, prompt: recurrence.batch.spans[tasks[place].span].prompt, part: tasks[place].part)
      var partial = probe.begin(task)
      recurrence.run(tasks[place]) { probe.see($0, &partial) }
      return (task: task, partial: partial)
    }
    guard needs.contains(.projections) else { return partials }
    let products = ConvolutionProducts(recurrence: recurrence)
    let pieces = products.tasks
    return partials
      + forward.workers.map(pieces.count) { place, _ in
        let task = ProbeTask.convolution(
          layer: index, prompt: recurrence.batch.spans[pieces[place].span].prompt, positions: pieces[place].positions)
        var partial = probe.begin(task)
        products.run(pieces[place]) { probe.see($0, &partial) }
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
    linear.addBiasChanges(stack, to: output.rows(stack.baseRows.count..<stack.total))
    keep(output, stack)
  }
}
