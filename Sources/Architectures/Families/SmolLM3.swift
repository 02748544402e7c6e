import StrictJSON

/// SmolLM3 (`transformers.models.smollm3`): Llama with layers that have no rotary embedding.
enum SmolLM3 {
  static let family = Family(["smollm3"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 128_256, hidden: 2048, inner: 11_008, layers: 36, heads: 16, keyValueHeads: 4,
        headDimension: nil, positions: 32_768))
    let turns = try turningLayers(config, count: sizes.layers)
    let slides = try config.flag("use_sliding_window", default: false)
    let window = try config.optionalSize("sliding_window", default: nil)
    let windows = try config.windows(layers: sizes.layers, window: window) {
      slides && window != nil && !turns[$0]
    }
    let attentionBias = try config.flag("attention_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 2_000_000)).rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: attentionBias, outputBias: attentionBias,
          rotary: turns[index] ? rotary : nil, window: windows[index]),
        mlp: sizes.gatedMLP(layer: index, bias: mlpBias, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "smollm3", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: true))
  }

  /// Which layers turn queries and keys. `no_rope_layers` holds, against its name, a 1 for those that do.
  private static func turningLayers(_ config: JSONReader, count: Int) throws(JSONMemberError) -> [Bool] {
    guard let flags = try config.optionalIntegers("no_rope_layers") else {
      let interval = try config.count("no_rope_layer_interval", default: 4)
      return (1...count).map { $0 % interval != 0 }
    }
    guard flags.count == count else {
      throw config.error("no_rope_layers", "\(flags.count) entries for \(count) layers")
    }
    return flags.map { $0 != 0 }
  }
}
