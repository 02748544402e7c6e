/// The modules that hold weights, each once, in the order of the forward pass.
extension ModelDescription {
  /// All linear layers but the head.
  package var linears: [Linear] {
    var seen = Set<String>()
    let inputs = [layerInputs?.projection].compactMap(\.self)
    return (inputs + layers.flatMap(\.linears)).filter { seen.insert($0.module).inserted }
  }

  /// All norms.
  package var norms: [Norm] { [layerInputs?.norm].compactMap(\.self) + layers.flatMap(\.norms) + [finalNorm] }

  /// The feed-forward halves whose non-linearity has numbers of its own, by the module that holds them.
  package var activations: [(module: String, activation: Activation)] {
    layers.compactMap(\.mlp).compactMap { mlp in mlp.activationModule.map { ($0, mlp.activation) } }
  }

  /// All tables.
  package var tables: [Embedding] {
    [embedding.tokens] + [embedding.positions, layerInputs?.tokens].compactMap(\.self)
  }
}

extension MLPDescription {
  /// The linear layers; fused ones occur once for each of their projections.
  package var linears: [Linear] { [gate, up].compactMap { $0?.linear } + [down] }
}

extension LayerDescription {
  /// The linear layers; fused ones occur once for each of their projections.
  package var linears: [Linear] {
    let latents = [attention.latent?.query, attention.latent?.keyValue].compactMap { $0?.linear }
    let own = attention.keysOfLayer == nil ? [attention.key, attention.value] : []
    let inputs = recurrence?.inputs ?? latents + ([attention.query] + own).map(\.linear)
    return inputs + (mlp?.linears.dropLast() ?? []) + [output] + (mlp.map { [$0.down] } ?? [])
      + (experts?.linears ?? []) + (input.map { [$0.gate, $0.projection] } ?? [])
  }

  /// The norms.
  package var norms: [Norm] {
    let ofKeys = attention.keysOfLayer == nil ? [attention.keyNorm, attention.valueNorm] : []
    let before = [
      attentionInputNorm, attention.latent?.query?.norm, attention.latent?.keyValue.norm, attention.queryNorm,
    ]
    let ofMixture: [Norm?] = experts?.norms?.all ?? []
    return
      (before + ofKeys + [recurrence?.norm, attentionOutputNorm, mlpInputNorm] + ofMixture
      + [mlpOutputNorm, input?.norm]).compactMap(\.self)
  }
}

/// Who reads whose keys and values.
extension ModelDescription {
  /// The layers whose keys and values others read too, rising.
  package var producers: [Int] { Set(layers.compactMap(\.attention.keysOfLayer)).sorted() }

  /// The layers that read the keys and values of a layer, itself included.
  package func readers(of index: Int) -> [Int] {
    [index] + layers.indices.filter { layers[$0].attention.keysOfLayer == index }
  }
}
