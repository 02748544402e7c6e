import Architectures
import Checkpoints
import Vocabulary

/// About how many bytes a batch takes while it passes through the layers, beside the mapped files and what probes gather.
public struct PassMemory: Sendable, Equatable {
  /// The widened weights of the largest layer.
  public var weights: Int
  /// What the batch keeps of the base between the steps of a layer.
  public var base: Int
  /// The same of all change runs together.
  public var changes: Int
  /// Working memory of all threads.
  public var scratch: Int

  /// All of it.
  public var total: Int { weights + base + changes + scratch }
}

extension PairedForward {
  /// The base.
  package var description: ModelDescription { model.description }

  /// What a batch takes.
  /// - Parameters:
  ///   - batch: Indices of its prompts.
  ///   - needs: What probes look at.
  public func memory(
    of batch: [Int], of prompts: [ForwardPrompt], _ runs: [ChangeRun], needs: ProbeNeeds
  ) -> PassMemory {
    let adaptations = AdaptationList(runs)
    let batch = Batch(batch, of: prompts)
    let states = [RunState](runs, adaptations: adaptations, batch: batch, description: model.description)
    let widths = RowWidths(model.description)
    let keepsSources =
      needs.contains(.sources) || states.contains { $0.filter.clauses.contains { $0.parts.hasSources } }
    let rows = states.reduce(0) { $0 + $1.rows.count }
    let shared = SharedKeys.width(model.description)
    let kept =
      widths.hidden + widths.projected + widths.heads + widths.mixture + shared
      + (model.description.layerInputs.map { widths.hidden + $0.width } ?? 0)
    let named = states.reduce(0) { $0 + $1.rows.count * $1.named.count } * NamedWrites.bytes(model.description)
    let sources = keepsSources ? Source.allCases.count * (widths.projected + shared) : 0
    // What a task pulls back at a time, and what attentions wrote taken apart.
    let reading = needs.contains(.writers) ? 5 << 20 : 0
    let written = needs.contains(.writers) ? writtenBytes(batch, states, needs) : 0
    // The lists that tell of each row where it stands.
    let lists = 6 * MemoryLayout<Int>.stride
    return PassMemory(
      weights: 4 * model.description.layers.map { elements($0, adaptations.all) }.reduce(0, max),
      base: batch.rows * (4 * kept + lists), changes: rows * (4 * (kept + sources) + lists) + written + named,
      scratch: 4 * workers.threads
        * (stackElements(batch, rows, widths, needs) + tileElements(batch, states, needs) + reading))
  }

  /// What every part of the model wrote, in all runs that keep it.
  private func writtenBytes(_ batch: Batch, _ states: [RunState], _ needs: ProbeNeeds) -> Int {
    let parts = AttentionParts.bytes(description)
    let own = states.filter { $0.origin == nil && $0.keepsWriters }
    let split = needs.contains(.logits) ? own.count * batch.prompts.reduce(0) { $0 + $1.attributed.count } : 0
    let byHead = needs.contains(.writerHeads)
    let perRow = WrittenChanges.bytes(description, byHead: byHead) + (needs.contains(.logits) ? parts.token : 0)
    return own.reduce(0) { $0 + $1.rows.count * perRow } + split * parts.split
  }

  /// How many bytes what is written takes of one token in one run: the more layers and the wider the stream, the more.
  package static func writtenBytes(of description: ModelDescription, predicts: Bool, byHead: Bool) -> Int {
    let parts = AttentionParts.bytes(description)
    return WrittenChanges.bytes(description, byHead: byHead) + (predicts ? parts.token + parts.split : 0)
  }

  /// Widened elements of a layer: the base's weights, and dense changes of the same size.
  private func elements(_ layer: LayerDescription, _ adaptations: [Adaptation]) -> Int {
    let attention = layer.attention
    var projections = [attention.query, attention.key, attention.value] + [attention.gate].compactMap(\.self)
    projections += (layer.recurrence?.inputs ?? []).map { Projection($0) } + [Projection(layer.output)]
    projections += [attention.latent?.query, attention.latent?.keyValue].compactMap { $0.map { Projection($0.linear) } }
    // Experts are widened one at a time.
    for mlp in [layer.mlp, layer.experts?.experts.first].compactMap(\.self) {
      projections += [mlp.gate, mlp.up].compactMap(\.self) + [Projection(mlp.down)]
    }
    if let experts = layer.experts {
      projections += [experts.router, experts.sharedGate].compactMap { $0.map { Projection($0) } }
    }
    projections += layer.input.map { [Projection($0.gate), Projection($0.projection), Projection($0.gate)] } ?? []
    return projections.reduce(0) { sum, projection in
      let dense = adaptations.count { $0.linears[projection.linear.module]?.dense != nil }
      return sum + projection.rows.count * projection.linear.inputs * (1 + dense)
    }
  }

  /// Working memory of one stack of rows in norms, projections and the MLP.
  private func stackElements(_ batch: Batch, _ deltas: Int, _ widths: RowWidths, _ needs: ProbeNeeds) -> Int {
    let total = batch.rows + deltas
    let rows = min(total, total / max(4, (total + 767) / 768) + runsPerRow(batch, deltas))
    let own = rows * deltas / max(total, 1)
    let wide = max(widths.projected, widths.inner)
    let parts = needs.contains(.projections) ? 3 : needs.contains(.sources) ? 1 : 0
    return rows * (3 * widths.hidden + wide + widths.mlp) + own * (widths.mlp + widths.hidden + parts * wide)
  }

  /// A stack ends with a whole row of the base and the deltas of that row.
  private func runsPerRow(_ batch: Batch, _ deltas: Int) -> Int { 1 + deltas / max(batch.rows, 1) }

  /// Working memory of one head over the longest prompt: its operands, and a tile of scores.
  private func tileElements(_ batch: Batch, _ states: [RunState], _ needs: ProbeNeeds) -> Int {
    let tokens = batch.spans.map(\.count).max() ?? 0
    let dimension = model.description.layers.map(\.attention.headDimension).max() ?? 0
    let runs = min(states.count, Scratch.slots)
    let isFiltered = states.contains { !$0.filter.clauses.isEmpty }
    let operands = 2 + runs * (isFiltered ? 6 : 3)
    let scores = 1 + runs + (needs.contains(.scores) ? 1 : 0) + runs * (isFiltered ? 7 : 3)
    // Vectors pulled back to the keys for two pairs of regions, and one more pattern.
    let probes = needs.contains(.sources) ? runs * 2 * dimension + min(tokens, 64) : 0
    return tokens * (operands * dimension + min(tokens, 64) * scores + probes)
  }
}

/// The widest rows of all layers.
private struct RowWidths {
  let hidden: Int
  /// Queries, keys and values.
  let projected: Int
  /// The heads' outputs.
  let heads: Int
  /// What enters the MLP's activation, gate and up.
  let inner: Int
  /// What leaves it.
  let mlp: Int
  /// What a mixture keeps of each row: what experts read and write, and their weights.
  let mixture: Int

  init(_ description: ModelDescription) {
    hidden = description.hiddenSize
    (projected, heads) = description.mixedWidth
    let mlps = description.layers.flatMap { [$0.mlp, $0.experts?.experts.first].compactMap(\.self) }
    mlp = mlps.map(\.down.inputs).max() ?? 0
    inner = mlps.map { $0.up.rows.count + ($0.gate?.rows.count ?? 0) }.max() ?? 0
    let mixtures = description.layers.compactMap(\.experts)
    let kept = mixtures.contains { $0.norms != nil } ? 3 : 2
    mixture = mixtures.map(\.experts.count).max().map { kept * description.hiddenSize + 2 * $0 } ?? 0
  }
}
