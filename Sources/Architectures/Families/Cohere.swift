import StrictJSON

/// Command R (`transformers.models.cohere`): attention and MLP in parallel from one layer norm without bias, interleaved
/// rotary embedding, a factor on the logits, a norm for each head by choice.
enum Cohere {
  static let family = Family(["cohere"]) { config throws(JSONMemberError) in
    let sizes = try sizes(config)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 500_000)).rotary(layout: .interleaved)
    var model = try describe(config, family: "cohere", sizes: sizes) { _ in (rotary, nil) }
    guard try config.flag("use_qk_norm", default: false) else { return model }
    for index in model.layers.indices {
      func norm(_ name: String, heads: Int) -> Norm {
        Norm(
          .layer, modules: ["\(DecoderSizes.layer(index)).self_attn.\(name)"], width: sizes.headDimension,
          epsilon: model.finalNorm.epsilon, shape: [heads, sizes.headDimension])
      }
      model.layers[index].attention.queryNorm = norm("q_norm", heads: sizes.heads)
      model.layers[index].attention.keyNorm = norm("k_norm", heads: sizes.keyValueHeads)
    }
    return model
  }

  static func sizes(_ config: JSONReader) throws(JSONMemberError) -> DecoderSizes {
    try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 256_000, hidden: 8192, inner: 22_528, layers: 40, heads: 64, keyValueHeads: nil,
        headDimension: nil, positions: 8192))
  }

  /// What Command R and Command R7B share; `layer` is where they differ.
  static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, layer: (Int) -> (rotary: Rotary?, window: Int?)
  ) throws(JSONMemberError) -> ModelDescription {
    let bias = try config.flag("attention_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("layer_norm_eps", default: 1e-5)
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: sizes.hidden, epsilon: epsilon)
    }
    let layers = (0..<sizes.layers).map { index in
      let norm = norm("\(DecoderSizes.layer(index)).input_layernorm")
      let (rotary, window) = layer(index)
      return LayerDescription(
        attentionInputNorm: norm,
        attention: sizes.attention(
          layer: index, inputBias: bias, outputBias: bias, rotary: rotary, window: window),
        mlpInputNorm: norm, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        isParallel: true)
    }
    var model = sizes.description(
      family: family, layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: true))
    model.head.logitMultiplier = try config.positive("logit_scale", default: 0.0625)
    return model
  }
}
