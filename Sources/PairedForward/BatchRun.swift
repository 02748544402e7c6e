import Architectures
import Checkpoints
import LinearAlgebra

/// One batch on its way through the layers.
struct BatchRun {
  let batch: Batch
  let forward: PairedForward
  let observer: any ForwardObserver
  let activations: Activations
  let pieces: [Batch.Piece]
  let scratches: [Scratch]
  private var reaches: [ChangeReach]
  private var turns: [RotaryTable: RotaryTurns] = [:]

  /// How many tasks go through norms and projections: pieces of the same length, few enough that each packs the weights
  /// for many rows. It depends on the rows alone, so that results do not depend on the threads.
  private static func pieceCount(rows: Int) -> Int { max(4, (rows + 383) / 384) }

  private var description: ModelDescription { forward.model.description }

  /// Writes the first residual stream.
  init(_ batch: Batch, _ forward: PairedForward, _ observer: any ForwardObserver) throws(CheckpointError) {
    self.batch = batch
    self.forward = forward
    self.observer = observer
    activations = Activations(batch, forward.model.description)
    let count = Self.pieceCount(rows: batch.rows)
    pieces = batch.pieces(of: max(1, (batch.rows + count - 1) / count))
    scratches = (0..<forward.workers.threads).map { _ in Scratch() }
    reaches = batch.prompts.map {
      ChangeReach($0, description: forward.model.description, adaptation: forward.adaptation)
    }
    let embedding = PairedEmbedding(
      description: forward.model.description.embedding, model: forward.model, adaptation: forward.adaptation)
    try embedding.apply(batch, activations)
  }

  /// Takes the batch through a layer.
  mutating func advance(through index: Int) throws(CheckpointError) {
    let layer = description.layers[index]
    var hasDelta = false
    for span in reaches.indices where reaches[span].enter(layer).isTouched { hasDelta = true }
    let prompts = batch.spans.map(\.prompt)
    let needsOutput = index + 1 < description.layers.count || batch.prompts.contains { $0.lossFrom != nil }
    let attention = PairedAttention(
      index: index, attention: layer.attention, batch: batch, activations: activations, hasDelta: hasDelta,
      needsOutput: needsOutput, observer: observer)
    observer.layerBegins(index, prompts: prompts, blocks: attention.blocks)
    showStream(index)
    let weights = try LayerWeights(
      layer, model: forward.model, adaptation: forward.adaptation, workers: forward.workers)
    let pass = LayerPass(
      layer: layer, weights: weights, batch: batch, activations: activations, hasDelta: hasDelta,
      turns: rotaryTurns(layer.attention))
    let (pieces, scratches, tasks) = (pieces, scratches, attention.tasks)
    forward.workers.forEach(pieces.count) { piece, worker in pass.project(pieces[piece], scratches[worker]) }
    forward.workers.forEach(tasks.count) { task, worker in attention.run(tasks[task], scratches[worker]) }
    observer.layerEnds(index, prompts: prompts)
    guard needsOutput else { return }
    forward.workers.forEach(pieces.count) { piece, worker in pass.finish(pieces[piece], scratches[worker]) }
  }

  private func showStream(_ index: Int) {
    let (batch, activations, observer) = (batch, activations, observer)
    forward.workers.forEach(batch.spans.count) { task, _ in
      let span = batch.spans[task]
      observer.stream(
        layer: index, prompt: span.prompt, base: activations.stream.view.rows(span.rows),
        delta: activations.streamDelta.view.rows(span.deltaRows), firstChanged: span.firstChanged)
    }
  }

  /// The rotary turns of every span; tables that spans or layers share are made once.
  private mutating func rotaryTurns(_ attention: AttentionDescription) -> [RotaryTurns]? {
    guard let rotary = attention.rotary else { return nil }
    let longest = batch.spans.map(\.count).max() ?? 0
    var result: [RotaryTurns] = []
    for span in batch.spans {
      let table = rotary.frequencies.table(promptLength: span.count)
      let known = turns[table] ?? RotaryTurns(rotary, table: table, count: longest)
      turns[table] = known
      result.append(known)
    }
    return result
  }
}
