import StrictJSON

/// Granite 3 (`transformers.models.granite`): Llama with a factor on embeddings, scores, residuals and logits.
enum Granite {
  static let family = Family(["granite"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 4096, inner: 11_008, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    let attentionBias = try config.flag("attention_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let scale = try config.positive("attention_multiplier", default: 1)
    let residualMultiplier = Float(try config.positive("residual_multiplier", default: 1))
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(
        layer: index, inputBias: attentionBias, outputBias: attentionBias, rotary: rotary)
      attention.scale = scale
      var layer = sizes.preNormLayer(
        index, attention: attention,
        mlp: sizes.gatedMLP(layer: index, bias: mlpBias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
      layer.residualMultiplier = residualMultiplier
      return layer
    }
    var model = sizes.description(
      family: "granite", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.embedding.scale = Float(try config.positive("embedding_multiplier", default: 1))
    model.head.logitMultiplier = try 1 / config.positive("logits_scaling", default: 1)
    return model
  }
}
