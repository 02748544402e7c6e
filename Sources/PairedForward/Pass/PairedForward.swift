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

  /// About how many tokens go through a layer together unless something else is asked for.
  public static let usualBatchTokens = 8192

  /// A pass over a base.
  /// - Parameters:
  ///   - threads: How many tasks run at a time. Results do not depend on it.
  ///   - batchTokens: About how many tokens go through a layer together; a longer prompt is a batch of its own.
  public init(model: Model, threads: Int, batchTokens: Int = Self.usualBatchTokens) {
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
    /// Layers done, over all batches that are run.
    public var done: Int
    /// Layers to do, over all batches that are run.
    public var total: Int
  }

  /// Runs all prompts under all runs while a probe looks on.
  /// - Throws: ``CheckpointError`` when a weight cannot be used.
  @discardableResult
  public func run<Watching: Probe>(
    _ prompts: [ForwardPrompt], _ runs: [ChangeRun], probe: inout Watching, progress: (Progress) -> Void = { _ in }
  ) throws(CheckpointError) -> Summary {
    var summary = Summary()
    let plan = batches(prompts)
    let layers = model.description.layers.count
    for batch in plan {
      try run(batch, of: prompts, runs, probe: &probe) {
        progress(Progress(done: summary.batches * layers + $0.done, total: plan.count * layers))
      }
      summary.widenedLayers += layers
      summary.batches += 1
    }
    if plan.isEmpty { progress(Progress(done: 0, total: 0)) }
    return summary
  }

  /// How prompts are packed, by their lengths alone: indices by batch, in order.
  public func batches(_ prompts: [ForwardPrompt]) -> [[Int]] { Batch.plan(prompts, limit: batchTokens) }

  /// Runs one batch under all runs while a probe looks on. What it sees does not depend on other batches.
  /// - Parameters:
  ///   - batch: Indices of its prompts.
  ///   - progress: Called with the batch's own layers.
  /// - Throws: ``CheckpointError`` when a weight cannot be used.
  public func run<Watching: Probe>(
    _ batch: [Int], of prompts: [ForwardPrompt], _ runs: [ChangeRun], probe: inout Watching,
    progress: (Progress) -> Void = { _ in }
  ) throws(CheckpointError) {
    let layers = model.description.layers.count
    var run = try BatchRun(Batch(batch, of: prompts), self, runs, AdaptationList(runs), probe.needs)
    for layer in 0..<layers {
      progress(Progress(done: layer, total: layers))
      try run.advance(through: layer, &probe)
    }
    if probe.needs.contains(.logits) { try run.showLogits(&probe) }
    progress(Progress(done: layers, total: layers))
  }
}
