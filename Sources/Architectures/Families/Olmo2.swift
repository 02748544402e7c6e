import StrictJSON

/// OLMo 2 (`transformers.models.olmo2`): norms on the output of both halves and over the full width of query and key.
enum Olmo2 {
  static let family = Family(["olmo2"]) { config throws(JSONMemberError) in
    let sizes = try sizes(config)
    let rotary = try RotarySettings(config, sizes).rotary()
    return try describe(config, family: "olmo2", sizes: sizes) { _ in (rotary, nil) }
  }

  static func sizes(_ config: JSONReader) throws(JSONMemberError) -> DecoderSizes {
    try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 50_304, hidden: 4096, inner: 11_008, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
  }

  /// What OLMo 2 and OLMo 3 share; `layer` is where they differ.
  static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, layer: (Int) -> (rotary: Rotary, window: Int?)
  ) throws(JSONMemberError) -> ModelDescription {
    let bias = try config.flag("attention_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    func norm(_ module: String, width: Int) -> Norm {
      Norm(.rootMeanSquare, modules: [module], width: width, epsilon: epsilon)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      let (rotary, window) = layer(index)
      var attention = sizes.attention(
        layer: index, inputBias: bias, outputBias: bias, rotary: rotary, window: window)
      attention.queryNorm = norm("\(module).self_attn.q_norm", width: sizes.queryWidth)
      attention.keyNorm = norm("\(module).self_attn.k_norm", width: sizes.keyValueWidth)
      return LayerDescription(
        attentionInputNorm: nil, attention: attention,
        attentionOutputNorm: norm("\(module).post_attention_layernorm", width: sizes.hidden),
        mlpInputNorm: nil, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        mlpOutputNorm: norm("\(module).post_feedforward_layernorm", width: sizes.hidden))
    }
    return sizes.description(
      family: family, layers: layers, finalNorm: norm("model.norm", width: sizes.hidden),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
