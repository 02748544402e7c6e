import StrictJSON

/// Mistral (`transformers.models.mistral`): a sliding window in every layer, or in none.
enum Mistral {
  static let family = Family(["mistral"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 4096, inner: 14_336, layers: 32, heads: 32, keyValueHeads: 8,
        headDimension: nil, positions: 131_072))
    let window = try config.optionalSize("sliding_window", default: 4096)
    let windows = try config.windows(layers: sizes.layers, window: window) { _ in window != nil }
    guard windows.allSatisfy({ $0 == window }) else {
      throw config.error(
        "layer_types",
        "every layer of a mistral model has the window that sliding_window says; layer_types contradicts it")
    }
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: false, outputBias: false, rotary: rotary, window: window),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "mistral", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
