import Architectures
import Checkpoints
import LinearAlgebra

/// The weights by which a layer is given an input of each token, u = f·(N(s·P x₀) + t·T[token]), and by which it adds it to the stream.
struct InputWeights: Sendable {
  let description: LayerInputs
  /// Columns of the table and rows of P that are the layer's.
  let columns: Range<Int>
  /// The layer's rows of P.
  let projection: PairedLinear
  /// N.
  let norm: PairedNorm
  let gate: PairedLinear
  let activation: ActivationWeights
  /// Back to the stream.
  let output: PairedLinear
  let outputNorm: PairedNorm

  /// Plans what has to be widened.
  init(_ layer: LayerInput, of inputs: LayerInputs, layer index: Int, _ widening: inout Widening)
    throws(CheckpointError)
  {
    let (model, adaptations) = (widening.model, widening.adaptations)
    description = inputs
    columns = inputs.columns(ofLayer: index)
    projection = try widening.plan([(Projection(inputs.projection, rows: RowSelection(columns)), nil)])
    norm = try PairedNorm(inputs.norm, model: model, adaptations: adaptations)
    gate = try widening.plan([(Projection(layer.gate), nil)])
    activation = ActivationWeights(layer.activation)
    output = try widening.plan([(Projection(layer.projection), nil)])
    outputNorm = try PairedNorm(layer.norm, model: model, adaptations: adaptations)
  }
}

/// A factor on the stream and its changes: (c + m·dc)·(x + dx) − c·x = c·dx + m·dc·(x + dx).
struct ScaleWeight: Sendable {
  /// c.
  let value: Float
  /// dc by adaptation.
  let changes: [Float]

  init?(_ layer: LayerDescription, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    guard let name = layer.scale else { return nil }
    value = try model.scale(of: layer)
    changes = adaptations.map { $0.streamScales[name] ?? 0 }
  }
}
