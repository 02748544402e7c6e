import StrictJSON

/// OLMo (`transformers.models.olmo`): Llama with layer norms that have no weights, and queries, keys and values kept within
/// `clip_qkv`.
enum Olmo {
  static let family = Family(["olmo"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try Olmo2.sizes(config)
    let bias = try config.flag("attention_bias", default: false)
    let clip = try config.optionalPositive("clip_qkv", default: nil)
    let activation = try config.activation("hidden_act", default: "silu")
    let rotary = try RotarySettings(config, sizes).rotary()
    let norm = Norm(.layer, modules: [], width: sizes.hidden, epsilon: 1e-5)
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary)
      attention.clip = clip
      return sizes.preNormLayer(
        index, attention: attention, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation)
      ) { _ in norm }
    }
    return sizes.description(
      family: "olmo", layers: layers, finalNorm: norm,
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
