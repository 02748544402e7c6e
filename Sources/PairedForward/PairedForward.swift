import Architectures
import Checkpoints
import LinearAlgebra

/// The paired forward pass: base and adapted model in one go, every activation a pair (base, delta).
///
/// Weights are widened one layer at a time, all prompts of a batch go through it, and it is dropped. Memory: the mapped
/// files, one widened layer, the activations of a batch. Nothing grows with the square of a prompt's length.
public struct PairedForward: Sendable {
  let model: Model
  let adaptation: Adaptation
  let workers: Workers
  let batchTokens: Int

  /// A pass over a pair of models.
  /// - Parameters:
  ///   - threads: How many tasks run at a time. Results do not depend on it.
  ///   - batchTokens: About how many tokens go through a layer together; a longer prompt is a batch of its own.
  public init(model: Model, adaptation: Adaptation, threads: Int, batchTokens: Int = 8192) {
    self.model = model
    self.adaptation = adaptation
    workers = Workers(threads: threads)
    self.batchTokens = batchTokens
  }

  /// What a pass did.
  public struct Summary: Sendable, Equatable {
    /// How often a layer's weights were widened: once per layer and batch.
    public var widenedLayers = 0
    /// Batches that the prompts were packed into.
    public var batches = 0
  }

  /// How far a pass is.
  public struct Progress: Sendable {
    /// Layers done, over all batches.
    public var done: Int
    /// Layers to do, over all batches.
    public var total: Int
  }

  /// Runs all prompts.
  /// - Throws: ``CheckpointError`` when a weight cannot be used.
  public func run(
    _ prompts: [ForwardPrompt], observer: any ForwardObserver, progress: (Progress) -> Void = { _ in }
  ) throws(CheckpointError) -> Summary {
    var summary = Summary()
    let first = prompts.map {
      ChangeReach.firstChanged($0, description: model.description, adaptation: adaptation)
    }
    let plan = Batch.plan(prompts, limit: batchTokens)
    let layers = model.description.layers.count
    for indices in plan {
      let batch = Batch(indices, of: prompts, firstChanged: first)
      var run = try BatchRun(batch, self, observer)
      for layer in 0..<layers {
        progress(Progress(done: summary.batches * layers + layer, total: plan.count * layers))
        try run.advance(through: layer)
        summary.widenedLayers += 1
      }
      try run.takeLosses()
      summary.batches += 1
    }
    progress(Progress(done: plan.count * layers, total: plan.count * layers))
    return summary
  }
}
