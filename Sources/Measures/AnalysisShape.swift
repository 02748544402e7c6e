import Architectures
import Results

/// The shape of the tables of an analysis.
@dynamicMemberLookup
package struct AnalysisShape: Equatable {
  /// By layer.
  package var layers: [Layer]
  /// What is asked for, without what the model has nothing of.
  package var asked: AnalysisRequest

  /// What is asked for.
  package subscript<Value>(dynamicMember path: KeyPath<AnalysisRequest, Value>) -> Value { asked[keyPath: path] }

  /// Whether attention has sinks.
  package var hasSinks: Bool { layers.contains(where: \.hasSinks) }
  /// The most query heads of a layer.
  package var mostHeads: Int { layers.map(\.heads).max() ?? 0 }

  /// What writes to the residual stream, in order.
  package var writers: [Writer] {
    [Writer(.embed)]
      + layers.indices.flatMap { writers(of: $0) }
  }

  /// What a layer writes to the stream, in order.
  package func writers(of layer: Int) -> [Writer] {
    let own = layers[layer]
    return [Writer(layer: layer, own.projections.isEmpty ? .attention : .recurrence)]
      + (asked.writersByHead ? (0..<own.heads).map { Writer(layer: layer, head: $0) } : [])
      + (own.hasMLP || own.isMixture ? [Writer(layer: layer, .mlp)] : [])
      + (own.hasInput ? [Writer(layer: layer, .input)] : []) + (own.hasScale ? [Writer(layer: layer, .scale)] : [])
  }

  /// The tables of what is asked for, in a model of some layers.
  package init(layers: [Layer], asked: AnalysisRequest) {
    (self.layers, self.asked) = (layers, asked)
  }

  /// One layer.
  package struct Layer: Equatable {
    /// Query heads.
    package var heads = 0
    /// Whether keys have a norm.
    var hasKeyNorm = false
    /// Whether queries have one.
    var hasQueryNorm = false
    /// Whether there is an MLP that every token passes.
    var hasMLP = true
    /// Whether it has a gate.
    var hasGate = false
    /// Whether it is a mixture of experts.
    var isMixture = false
    /// Whether attention has sinks.
    var hasSinks = false
    /// Whether queries, keys and values come through latents.
    var hasLatents = false
    /// Whether keys are projected in the layer and not another's.
    var ownsKeys = true
    /// Whether values have a projection of their own.
    var ownsValues = true
    /// Whether the heads' outputs have gates.
    var hasOutputGates = false
    /// The projections and the convolution of a recurrence by their own names; empty where attention mixes the tokens.
    var projections: [String] = []
    /// The heads of linear attention.
    var stateHeads = 0
    /// Whether queries and keys are projected from behind a norm.
    var hasInputNorm = true
    /// Whether a norm stands on what the attention adds.
    var hasOutputNorm = false
    /// Whether it is given an input of its own of each token.
    var hasInput = false
    /// Whether it multiplies the stream as it leaves.
    var hasScale = false
  }
}

extension AnalysisShape.Layer {
  /// A layer of a model.
  package init(_ layer: LayerDescription) {
    let attention = layer.attention
    heads = attention.queryHeads
    (hasKeyNorm, hasQueryNorm) = (attention.normalizesKeys, attention.normalizesQueries)
    (hasMLP, hasGate, isMixture) = (layer.mlp != nil, layer.mlp?.gate != nil, layer.experts != nil)
    (hasSinks, hasLatents) = (attention.sinks != nil, attention.latent != nil)
    ownsKeys = attention.keysOfLayer == nil
    ownsValues = ownsKeys && !attention.valuesAreKeys
    hasOutputGates = attention.gate != nil
    projections = layer.recurrence.map { ($0.inputs + [$0.output]).map(\.name) + [$0.convolution.name] } ?? []
    stateHeads = layer.recurrence?.heads ?? 0
    (hasInputNorm, hasOutputNorm) = (layer.attentionInputNorm != nil, layer.attentionOutputNorm != nil)
    (hasInput, hasScale) = (layer.input != nil, layer.scale != nil)
  }
}
