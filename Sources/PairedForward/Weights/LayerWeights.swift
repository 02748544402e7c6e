import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// The weights of one layer, widened to single precision once for all runs, with the changes of every adaptation. They live
/// as long as a batch of tokens passes through the layer.
struct LayerWeights: Sendable {
  var attentionInputNorm: PairedNorm?
  /// x → q, k and v, or their latents.
  var queryKeyValue: PairedLinear
  /// Of a layer without attention, whose inputs `queryKeyValue` and whose output `output` project.
  var recurrence: RecurrenceWeights?
  /// From latents to q, k and v.
  var latent: LatentWeights?
  var queryNorm: PairedNorm?
  var keyNorm: PairedNorm?
  var valueNorm: PairedNorm?
  /// Of attention sinks.
  var sinks: SinkLogits?
  var output: PairedLinear
  var attentionOutputNorm: PairedNorm?
  var mlpInputNorm: PairedNorm?
  var mlp: MLPWeights?
  /// Of a mixture; its experts are widened one at a time.
  var router: PairedLinear?
  /// What stands around its experts where they are a half of their own.
  var mixture: MixtureWeights?
  /// What corrects the choice of its experts.
  var correction: [Float]?
  /// Of a mixture whose dense MLP has a gate.
  var sharedGate: PairedLinear?
  var mlpOutputNorm: PairedNorm?
  /// What makes the layer's own input of each token, and what it makes of it.
  var input: InputWeights?
  /// The factor on the stream; nil where there is none.
  var scale: ScaleWeight?

  /// Widens a layer.
  init(
    _ layer: LayerDescription, _ index: Int, _ description: ModelDescription, model: Model, adaptations: [Adaptation],
    workers: Workers
  ) throws(CheckpointError) {
    func norm(_ norm: Norm?) throws(CheckpointError) -> PairedNorm? {
      guard let norm else { return nil }
      return try PairedNorm(norm, model: model, adaptations: adaptations)
    }
    var widening = Widening(model: model, adaptations: adaptations)
    let attention = layer.attention
    attentionInputNorm = try norm(layer.attentionInputNorm)
    if let own = layer.recurrence {
      queryKeyValue = try widening.plan(own.inputs.map { (Projection($0), .recurrence) })
      queryKeyValue.places = own.inputs.map { .named($0.name) }
      recurrence = try RecurrenceWeights(own, model: model, adaptations: adaptations)
    } else if let parts = attention.latent {
      queryKeyValue = try widening.plan(LatentWeights.lowering(parts, attention))
      latent = try LatentWeights(parts, attention, adaptations: adaptations, &widening)
    } else {
      let valueSite: Site = attention.valuesAreKeys ? .k : .v
      queryKeyValue = try widening.plan(
        [(attention.query, .q)]
          + (attention.keysOfLayer == nil ? [(attention.key, .k), (attention.value, valueSite)] : [])
          + (attention.gate.map { [($0, .q)] } ?? []))
    }
    queryNorm = try norm(attention.queryNorm)
    if attention.keysOfLayer == nil {
      keyNorm = try norm(attention.keyNorm)
      valueNorm = try norm(attention.valueNorm)
    }
    sinks = try SinkLogits(attention, model: model, adaptations: adaptations)
    output = try widening.plan([(Projection(layer.output), layer.attends ? .o : .recurrence)])
    if !layer.attends { output.places = [.named(layer.output.name)] }
    attentionOutputNorm = try norm(layer.attentionOutputNorm)
    mlpInputNorm = try norm(layer.mlpInputNorm)
    if let dense = layer.mlp { mlp = try MLPWeights(dense, &widening) }
    if let experts = layer.experts {
      router = try widening.plan([(Projection(experts.router), .router)])
      correction = try model.correction(of: experts)
      mixture = try MixtureWeights(experts, model: model, adaptations: adaptations)
      if let gate = experts.sharedGate { sharedGate = try widening.plan([(Projection(gate), .router)]) }
    }
    mlpOutputNorm = try norm(layer.mlpOutputNorm)
    if let own = layer.input, let inputs = description.layerInputs {
      input = try InputWeights(own, of: inputs, layer: index, &widening)
    }
    scale = try ScaleWeight(layer, model: model, adaptations: adaptations)
    try widening.run(on: workers)
  }
}

/// The weights of a dense MLP, or of one expert.
struct MLPWeights: Sendable {
  /// Gate (if any) and up projection, stacked.
  let inner: PairedLinear
  let activation: ActivationWeights
  let down: PairedLinear

  /// Plans what has to be widened.
  init(_ mlp: MLPDescription, isExpert: Bool = false, _ widening: inout Widening) throws(CheckpointError) {
    inner = try widening.plan(
      (mlp.gate.map { [($0, isExpert ? .expertGate : .gate)] } ?? []) + [(mlp.up, isExpert ? .expertUp : .up)])
    activation = try ActivationWeights(mlp, model: widening.model, adaptations: widening.adaptations)
    down = try widening.plan([(Projection(mlp.down), isExpert ? .expertDown : .down)])
  }
}
