/// The modules that hold weights, each once, in the order of the forward pass.
extension ModelDescription {
  /// All linear layers but the head.
  public var linears: [Linear] {
    var seen = Set<String>()
    return layers.flatMap(\.linears).filter { seen.insert($0.module).inserted }
  }

  /// All norms.
  public var norms: [Norm] { layers.flatMap(\.norms) + [finalNorm] }

  /// The feed-forward halves whose non-linearity has numbers of its own, by the module that holds them.
  public var activations: [(module: String, activation: Activation)] {
    layers.compactMap(\.mlp).compactMap { mlp in mlp.activationModule.map { ($0, mlp.activation) } }
  }

  /// All tables.
  public var tables: [Embedding] { [embedding.tokens] + [embedding.positions].compactMap(\.self) }
}

extension MLPDescription {
  /// The linear layers; fused ones occur once for each of their projections.
  public var linears: [Linear] { [gate, up].compactMap { $0?.linear } + [down] }
}

extension LayerDescription {
  /// The linear layers; fused ones occur once for each of their projections.
  public var linears: [Linear] {
    let latents = [attention.latent?.query, attention.latent?.keyValue].compactMap { $0?.linear }
    let inputs =
      recurrence?.inputs ?? latents + [attention.query, attention.key, attention.value].map(\.linear)
    return inputs + (mlp?.linears.dropLast() ?? []) + [output] + (mlp.map { [$0.down] } ?? [])
      + (experts?.linears ?? [])
  }

  /// The norms.
  public var norms: [Norm] {
    [
      attentionInputNorm, attention.latent?.query?.norm, attention.latent?.keyValue.norm, attention.queryNorm,
      attention.keyNorm, recurrence?.norm, attentionOutputNorm, mlpInputNorm, mlpOutputNorm,
    ].compactMap(\.self)
  }
}
