import StrictJSON

/// Llama, SmolLM2 and others (`transformers.models.llama`).
enum Llama {
  static let family = Family(["llama"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 4096, inner: 11_008, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    let parallelism = try config.optionalInteger("pretraining_tp") ?? 1
    guard parallelism == 1 else {
      throw config.error("pretraining_tp", "\(parallelism) is not supported; 1 is expected")
    }
    let attentionBias = try config.flag("attention_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: attentionBias, outputBias: attentionBias, rotary: rotary),
        mlp: sizes.gatedMLP(layer: index, bias: mlpBias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "llama", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
