import StrictJSON

/// Seed-OSS (`transformers.models.seed_oss`): Llama with a bias on query, key and value, and one on the output by choice.
enum SeedOss {
  static let family = Family(["seed_oss"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 155_136, hidden: 4096, inner: 27_648, layers: 64, heads: 80, keyValueHeads: 8,
        headDimension: 128, positions: 524_288))
    let inputBias = try config.flag("attention_bias", default: true)
    let outputBias = try config.flag("attention_out_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(layer: index, inputBias: inputBias, outputBias: outputBias, rotary: rotary),
        mlp: sizes.gatedMLP(layer: index, bias: mlpBias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "seed_oss", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
