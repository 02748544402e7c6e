import StrictJSON

/// ERNIE 4.5 dense (`transformers.models.ernie4_5`): Llama with interleaved rotary embedding and one switch for all biases.
enum Ernie {
  static let family = Family(["ernie4_5"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 103_424, hidden: 1024, inner: 3072, layers: 18, heads: 16, keyValueHeads: 2,
        headDimension: 128, positions: 131_072))
    let bias = try config.optionalBoolean("use_bias") ?? false
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 500_000)).rotary(layout: .interleaved)
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index, attention: sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary),
        mlp: sizes.gatedMLP(layer: index, bias: bias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "ernie4_5", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: true))
  }
}
