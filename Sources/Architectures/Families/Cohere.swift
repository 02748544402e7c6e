import StrictJSON

/// Command R (`transformers.models.cohere`): attention and MLP in parallel from one layer norm without bias, interleaved
/// rotary embedding, a factor on the logits, a norm for each head by choice.
enum Cohere {
  static let family = Family(["cohere"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 256_000, hidden: 8192, inner: 22_528, layers: 40, heads: 64, keyValueHeads: nil,
        headDimension: nil, positions: 8192))
    let bias = try config.flag("attention_bias", default: false)
    let normsHeads = try config.flag("use_qk_norm", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("layer_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 500_000)).rotary(
      layout: .interleaved)
    func headNorm(_ module: String, heads: Int) -> Norm {
      Norm(
        .layer, modules: [module], width: sizes.headDimension, epsilon: epsilon,
        shape: [heads, sizes.headDimension])
    }
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary)
      if normsHeads {
        attention.queryNorm = headNorm("\(module).self_attn.q_norm", heads: sizes.heads)
        attention.keyNorm = headNorm("\(module).self_attn.k_norm", heads: sizes.keyValueHeads)
      }
      let norm = Norm(.layer, modules: ["\(module).input_layernorm"], width: sizes.hidden, epsilon: epsilon)
      return LayerDescription(
        attentionInputNorm: norm, attention: attention, mlpInputNorm: norm,
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation), isParallel: true)
    }
    var model = sizes.description(
      family: "cohere", layers: layers,
      finalNorm: Norm(.layer, modules: ["model.norm"], width: sizes.hidden, epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: true))
    model.head.logitMultiplier = try config.positive("logit_scale", default: 0.0625)
    return model
  }
}
