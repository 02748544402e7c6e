import Architectures
import Checkpoints
import LinearAlgebra

/// The paired forward pass: a base and any number of changed models over it in one go, every activation of a changed model a
/// delta from the base's.
///
/// Weights are widened one layer at a time, all prompts of a batch go through it under all runs, and it is dropped. Memory: the
/// mapped files, one widened layer, the activations of a batch, and for each run its deltas. Nothing grows with the square of
/// a prompt's length.
public struct PairedForward: Sendable {
  let model: Model
  let workers: Workers
  let batchTokens: Int

  /// A pass over a base.
  /// - Parameters:
  ///   - threads: How many tasks run at a time. Results do not depend on it.
  ///   - batchTokens: About how many tokens go through a layer together; a longer prompt is a batch of its own.
  public init(model: Model, threads: Int, batchTokens: Int = 8192) {
    self.model = model
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

  /// Runs all prompts under all runs while a probe looks on.
  /// - Throws: ``CheckpointError`` when a weight cannot be used.
  @discardableResult
  public func run<Watching: Probe>(
    _ prompts: [ForwardPrompt], _ runs: [ChangeRun], probe: inout Watching, progress: (Progress) -> Void = { _ in }
  ) throws(CheckpointError) -> Summary {
    var summary = Summary()
    let adaptations = AdaptationList(runs)
    let plan = Batch.plan(prompts, limit: batchTokens)
    let layers = model.description.layers.count
    for indices in plan {
      var run = try BatchRun(Batch(indices, of: prompts), self, runs, adaptations, probe.needs)
      for layer in 0..<layers {
        progress(Progress(done: summary.batches * layers + layer, total: plan.count * layers))
        try run.advance(through: layer, &probe)
        summary.widenedLayers += 1
      }
      if probe.needs.contains(.logits) { try run.showLogits(&probe) }
      summary.batches += 1
    }
    progress(Progress(done: plan.count * layers, total: plan.count * layers))
    return summary
  }
}
