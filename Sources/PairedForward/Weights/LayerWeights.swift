import Architectures
import Checkpoints
import LinearAlgebra

/// The weights of one layer, widened to single precision once for all runs, with the changes of every adaptation. They live
/// as long as a batch of tokens passes through the layer.
struct LayerWeights: Sendable {
  var attentionInputNorm: PairedNorm?
  var queryKeyValue: PairedLinear
  var queryNorm: PairedNorm?
  var keyNorm: PairedNorm?
  var output: PairedLinear
  var attentionOutputNorm: PairedNorm?
  var mlpInputNorm: PairedNorm?
  /// Gate (if any) and up projection, stacked.
  var inner: PairedLinear
  var activation: ActivationWeights
  var down: PairedLinear
  var mlpOutputNorm: PairedNorm?

  /// Widens a layer.
  init(
    _ layer: LayerDescription, model: Model, adaptations: [Adaptation], workers: Workers
  ) throws(CheckpointError) {
    func norm(_ norm: Norm?) throws(CheckpointError) -> PairedNorm? {
      guard let norm else { return nil }
      return try PairedNorm(norm, model: model, adaptations: adaptations)
    }
    var widening = Widening(model: model, adaptations: adaptations)
    let attention = layer.attention
    attentionInputNorm = try norm(layer.attentionInputNorm)
    queryKeyValue = try widening.plan([(attention.query, .q), (attention.key, .k), (attention.value, .v)])
    queryNorm = try norm(attention.queryNorm)
    keyNorm = try norm(attention.keyNorm)
    output = try widening.plan([(Projection(attention.output), .o)])
    attentionOutputNorm = try norm(layer.attentionOutputNorm)
    mlpInputNorm = try norm(layer.mlpInputNorm)
    inner = try widening.plan((layer.mlp.gate.map { [($0, .gate)] } ?? []) + [(layer.mlp.up, .up)])
    activation = try ActivationWeights(layer.mlp, model: model, adaptations: adaptations)
    down = try widening.plan([(Projection(layer.mlp.down), .down)])
    mlpOutputNorm = try norm(layer.mlpOutputNorm)
    try widening.run(on: workers)
  }
}
