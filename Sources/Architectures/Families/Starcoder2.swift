import StrictJSON

/// StarCoder2 (`transformers.models.starcoder2`): layer norms, biases, no gate, a window in every layer or in none.
enum Starcoder2 {
  static let family = Family(["starcoder2"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 49_152, hidden: 3072, inner: 12_288, layers: 30, heads: 24, keyValueHeads: 2,
        headDimension: nil, positions: 4096))
    let bias = try config.flag("use_bias", default: true)
    let window = try config.optionalSize("sliding_window", default: nil)
    let activation = try config.activation("hidden_act", default: "gelu_pytorch_tanh")
    let epsilon = try config.epsilon("norm_epsilon", default: 1e-5)
    let rotary = try RotarySettings(config, sizes).rotary()
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: sizes.hidden, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: bias, outputBias: bias, rotary: rotary, window: window),
        mlp: sizes.plainMLP(layer: index, up: "c_fc", down: "c_proj", bias: bias, activation: activation),
        norm: norm)
    }
    return sizes.description(
      family: "starcoder2", layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: true))
  }
}
