import Architectures
import Checkpoints

/// Runs a model on one prompt the plain way: one run, all in double precision, every token computed.
///
/// This is what the paired pass is held to. It shares the description and the weights with it and nothing else: two
/// runs are subtracted, no delta is carried.
/// - Parameters:
///   - model: The base.
///   - adaptation: What to add to it; nil runs the base itself.
///   - tokens: The prompt.
///   - lowRankMask: A weight in [0, 1] for each token on the low-rank part; nil stands for 1.
///   - otherMask: The same for every other change.
///   - logitPositions: Positions whose logits are wanted.
///   - threads: Threads that share a product, at least 1; no result depends on it.
/// - Throws: ``CheckpointError`` when weights cannot be read.
package func referenceRun(
  model: Model, adaptation: Adaptation?, tokens: [Int], lowRankMask: [Double]? = nil,
  otherMask: [Double]? = nil, logitPositions: Range<Int> = 0..<0, threads: Int = 2
) throws(CheckpointError) -> ReferenceRun {
  let masks = ReferenceMasks(ReferenceMask(lowRank: lowRankMask, other: otherMask))
  return try ReferenceModel(model: model, adaptation: adaptation, masks: masks, threads: threads)
    .run(tokens, logitPositions: logitPositions)
}

extension ReferenceModel {
  /// Runs the model on one prompt.
  /// - Parameters:
  ///   - tokens: The prompt.
  ///   - logitPositions: Positions whose logits are wanted.
  ///   - keeping: What of each layer stays in memory.
  /// - Throws: ``CheckpointError`` when weights cannot be read.
  package func run(
    _ tokens: [Int], logitPositions: Range<Int> = 0..<0, keeping: ReferenceDetail = .operands
  ) throws(CheckpointError) -> ReferenceRun {
    try run(tokens, leavingOut: nil, logitPositions: logitPositions, keeping: keeping)
  }

  /// The layers one after the other, with an intervention's parts left out of each.
  func run(
    _ tokens: [Int], leavingOut omission: Omission?, logitPositions: Range<Int>, keeping: ReferenceDetail
  ) throws(CheckpointError) -> ReferenceRun {
    precondition(masks.fit(tokens: tokens.count), "a mask has a weight for each token")
    precondition(positionIDs.map { $0.count == tokens.count } ?? true, "a position for each token")
    var stream = try embed(tokens)
    let inputs = try layerInputs(tokens, embedded: stream)
    var layers: [ReferenceLayer] = []
    var shared: [Int: SharedKeys] = [:]
    for (index, layer) in model.description.layers.enumerated() {
      let entering = stream
      let attentionReads = try normalize(entering, layer.attentionInputNorm)
      let attention =
        if let recurrence = layer.recurrence {
          ReferenceAttention(try ReferenceRecurrence(recurrence, of: self, reading: attentionReads))
        } else {
          try ReferenceAttention(
            layer.attention, of: self, reading: attentionReads,
            sharing: layer.attention.keysOfLayer.flatMap { shared[$0] },
            leavingOut: omission?.inAttention(index, after: layers, entering: entering, of: self))
        }
      shared[index] = SharedKeys(attention)
      let m = Double(layer.residualMultiplier)
      let attended = try normalize(attention.output, layer.attentionOutputNorm) * m
      stream = entering + attended
      let read = try feedInput(layer, layer.isParallel ? entering : stream)
      let fed = try normalize(feed(layer, read, leavingOut: omission?.inLayer(index)), layer.mlpOutputNorm) * m
      stream = stream + fed
      var (left, writes) = try leave(layer, stream, with: inputs.map { $0[index] })
      stream = left
      writes[layer.attends ? .attention : .recurrence] = attended
      writes[.mlp] = fed
      layers.append(
        ReferenceLayer(
          stream: entering.values, queries: attention.operands.queries, keys: attention.operands.keys,
          sinks: attention.operands.sinks,
          details: keeping == .all || omission?.namesWriters ?? false
            ? ReferenceLayerDetails(attention: attention, feedInput: read, writes: writes, leaving: left) : nil))
    }
    return ReferenceRun(
      layers: layers, logits: try logits(of: stream, at: logitPositions), logitPositions: logitPositions)
  }

  /// The output head at some positions, (positions × vocabulary).
  private func logits(of stream: TokenVectors, at positions: Range<Int>) throws(CheckpointError) -> [Double] {
    guard !positions.isEmpty else { return [] }
    let head = model.description.head
    let last = try normalize(stream[positions: positions], model.description.finalNorm)
    var logits = try apply(Projection(head.linear), to: last)
    logits.values = logits.values.map { softCapped($0 * head.logitMultiplier, head.softCap) }
    return try inOwnVocabulary(logits, reading: last).values
  }
}
