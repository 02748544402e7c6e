import StrictJSON

/// Arcee (`transformers.models.arcee`): Llama with a squared rectifier and no gate.
enum Arcee {
  static let family = Family(["arcee"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 2560, inner: 18_432, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 4096))
    let attentionBias = try config.flag("attention_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "relu2")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: attentionBias, outputBias: attentionBias, rotary: rotary),
        mlp: sizes.plainMLP(layer: index, bias: mlpBias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "arcee", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
