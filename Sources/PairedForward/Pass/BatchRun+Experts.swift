import Architectures
import Checkpoints
import LinearAlgebra

/// A layer's output half where it is a mixture of experts.
extension BatchRun {
  /// All stacks choose their experts, then one expert after the other is widened and takes all rows of the batch that chose it, and at
  /// last the stacks take up the sums. An expert that no row chose is not read.
  func finish<Watching: Probe>(
    _ experts: ExpertsDescription, _ pass: LayerPass, _ probe: Watching
  ) throws(CheckpointError) -> [(task: ProbeTask, partial: Watching.Partial)] {
    let (index, stacks, scratches) = (pass.index, RowStack.plan(batch, runs: pass.runs), scratches)
    let mixture = MixtureRows(
      batch, pass.runs, layer: index, hidden: description.hiddenSize, experts: experts,
      keepsTerms: needs.contains(.routing))
    var partials = forward.workers.map(stacks.count) { piece, worker in
      let task = ProbeTask.output(layer: index, piece: piece)
      var partial = probe.begin(task)
      pass.route(stacks[piece], mixture, scratches[worker]) { probe.see($0, &partial) }
      return (task, partial)
    }
    for (number, work) in mixture.work(pass.runs).enumerated() where !work.base.isEmpty {
      var widening = Widening(model: forward.model, adaptations: adaptations)
      let mlp = try MLPWeights(experts.experts[number], isExpert: true, &widening)
      try widening.run(on: forward.workers)
      let pieces = work.stacks(pass.runs)
      forward.workers.forEach(pieces.count) { piece, worker in
        pass.add(number, mlp, pieces[piece].stack, baseRows: pieces[piece].baseRows, mixture, scratches[worker])
      }
    }
    partials += forward.workers.map(stacks.count) { piece, worker in
      let task = ProbeTask.output(layer: index, piece: stacks.count + piece)
      var partial = probe.begin(task)
      pass.complete(stacks[piece], mixture, scratches[worker])
      if needs.contains(.routing) { pass.showRouting(stacks[piece], mixture) { probe.see($0, &partial) } }
      return (task, partial)
    }
    return partials
  }
}
