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
/// - Throws: ``CheckpointError`` when weights cannot be read.
public func referenceRun(
  model: Model, adaptation: Adaptation?, tokens: [Int], lowRankMask: [Double]? = nil,
  otherMask: [Double]? = nil, logitPositions: Range<Int> = 0..<0
) throws(CheckpointError) -> ReferenceRun {
  let ones = [Double](repeating: 1, count: tokens.count)
  let weights = ReferenceModel(
    model: model, adaptation: adaptation, lowRankMask: lowRankMask ?? ones, otherMask: otherMask ?? ones)
  precondition(weights.lowRankMask.count == tokens.count && weights.otherMask.count == tokens.count)
  let description = model.description

  var stream = try weights.look(up: tokens, in: description.embedding.tokens)
  stream = stream * Double(description.embedding.scale)
  if let positions = description.embedding.positions {
    stream.add(try weights.look(up: Array(0..<tokens.count), in: positions))
  }
  var layers: [ReferenceLayer] = []
  for layer in description.layers {
    let entering = stream
    let attention = try ReferenceAttention(
      layer.attention, of: weights, reading: weights.normalize(entering, layer.attentionInputNorm))
    let m = Double(layer.residualMultiplier)
    stream = try entering + weights.normalize(attention.output, layer.attentionOutputNorm) * m
    let mlpInput = layer.isParallel ? entering : stream
    let mlp = try weights.apply(layer.mlp, to: weights.normalize(mlpInput, layer.mlpInputNorm))
    stream = try stream + weights.normalize(mlp, layer.mlpOutputNorm) * m
    layers.append(
      ReferenceLayer(stream: entering.values, queries: attention.queries, keys: attention.keys))
  }
  var run = ReferenceRun(layers: layers, logits: [], logitPositions: logitPositions)
  if !logitPositions.isEmpty {
    let head = description.head
    let last = try weights.normalize(stream[positions: logitPositions], description.finalNorm)
    run.logits = try weights.apply(Projection(head.linear), to: last).values.map {
      softCapped($0 * head.logitMultiplier, head.softCap)
    }
  }
  return run
}

extension ReferenceModel {
  /// down(activation(gate x) × up x), or down(activation(up x)) without a gate.
  func apply(_ mlp: MLPDescription, to x: Activations) throws(CheckpointError) -> Activations {
    var inner = try apply(mlp.up, to: x)
    if let gate = mlp.gate {
      let gates = try apply(gate, to: x)
      for index in inner.values.indices { inner.values[index] *= mlp.activation(gates.values[index]) }
    } else {
      inner.values = inner.values.map { mlp.activation($0) }
    }
    return try apply(Projection(mlp.down), to: inner)
  }
}
