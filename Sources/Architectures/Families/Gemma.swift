import StrictJSON

/// What Gemma 2 and Gemma 3 share.
enum Gemma {
  /// What differs from layer to layer.
  struct Layer {
    var rotary: Rotary
    var window: Int?
  }

  static func sizes(
    _ config: JSONReader, vocabulary: Int, positions: Int
  ) throws(JSONMemberError) -> DecoderSizes {
    try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: vocabulary, hidden: 2304, inner: 9216, layers: 26, heads: 8, keyValueHeads: 4,
        headDimension: 256, positions: positions))
  }

  static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, finalSoftCap: Double?, layer: (Int) -> Layer
  ) throws(JSONMemberError) -> ModelDescription {
    let bias = try config.flag("attention_bias", default: false)
    let activation = try config.activation("hidden_activation", default: "gelu_pytorch_tanh")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let scale = try 1 / config.positive("query_pre_attn_scalar", default: 256).squareRoot()
    func norm(_ module: String) -> Norm {
      Norm(
        .rootMeanSquare, modules: [module], width: sizes.hidden, epsilon: epsilon, storesGainMinusOne: true)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(
        layer: index, inputBias: bias, outputBias: bias, rotary: layer(index).rotary,
        window: layer(index).window)
      attention.scale = scale
      return LayerDescription(
        attentionInputNorm: norm("\(module).input_layernorm"), attention: attention,
        attentionOutputNorm: norm("\(module).post_attention_layernorm"),
        mlpInputNorm: norm("\(module).pre_feedforward_layernorm"),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        mlpOutputNorm: norm("\(module).post_feedforward_layernorm"))
    }
    var model = sizes.description(
      family: family, layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: true))
    // The library keeps this factor in the type it computes in, here float32.
    model.embedding.scale = Float(Double(sizes.hidden).squareRoot())
    model.head.softCap = try config.optionalPositive("final_logit_softcapping", default: finalSoftCap)
    return model
  }
}
