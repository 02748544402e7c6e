import StrictJSON

/// Qwen 2 and 2.5 (`transformers.models.qwen2`): a bias on query, key and value; windows from layer
/// `max_window_layers` on where `use_sliding_window` says so.
enum Qwen2 {
  static let family = Family(["qwen2"]) { config throws(JSONMemberError) in
    try describe(config, family: "qwen2", headDimension: nil, inputBias: true, outputBias: false)
  }

  /// What Qwen 2 and Qwen 3 share; the arguments are where they differ.
  static func describe(
    _ config: JSONReader, family: String, headDimension: Int?, inputBias: Bool, outputBias: Bool
  ) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 151_936, hidden: 4096, inner: 22_016, layers: 32, heads: 32, keyValueHeads: 32,
        headDimension: headDimension, positions: 32_768))
    let slides = try config.flag("use_sliding_window", default: false)
    let window = try slides ? config.optionalSize("sliding_window", default: 4096) : nil
    let full = try config.isAbsent("max_window_layers") ? 28 : config.integer("max_window_layers")
    let windows = try config.windows(layers: sizes.layers, window: window) { window != nil && $0 >= full }
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: inputBias, outputBias: outputBias, rotary: rotary, window: windows[index]),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: family, layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
