import StrictJSON

/// StableLM (`transformers.models.stablelm`): layer norms, part of a head turns, a norm for each head by choice,
/// attention and MLP one after the other or in parallel from one norm.
enum StableLM {
  static let family = Family(["stablelm"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 50_304, hidden: 2560, inner: 6912, layers: 32, heads: 32, keyValueHeads: 32,
        headDimension: nil, positions: 4096))
    try sizes.requireWholeWidth(config)
    let bias = try config.flag("use_qkv_bias", default: false)
    let normsHeads = try config.flag("qk_layernorm", default: false)
    let isParallel = try config.flag("use_parallel_residual", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("layer_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.25)).rotary()
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: sizes.hidden, epsilon: epsilon, hasBias: true)
    }
    func headNorm(_ module: String, heads: Int) -> Norm {
      Norm(
        .layer, modules: (0..<heads).map { "\(module).norms.\($0)" }, width: sizes.headDimension,
        epsilon: epsilon)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: false, rotary: rotary)
      if normsHeads {
        attention.queryNorm = headNorm("\(module).self_attn.q_layernorm", heads: sizes.heads)
        attention.keyNorm = headNorm("\(module).self_attn.k_layernorm", heads: sizes.keyValueHeads)
      }
      var layer = sizes.preNormLayer(
        index, attention: attention, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        norm: norm)
      if isParallel {
        layer.isParallel = true
        layer.mlpInputNorm = layer.attentionInputNorm
      }
      return layer
    }
    return sizes.description(
      family: "stablelm", layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
