import StrictJSON

/// Qwen 2 and 2.5 (`transformers.models.qwen2`): a bias on query, key and value.
enum Qwen2 {
  static let family = Family(["qwen2"]) { config throws(JSONMemberError) in
    try Qwen.describe(config, headDimension: nil, attentionBias: nil)
  }
}

/// Qwen 3 (`transformers.models.qwen3`): a norm on every query and key head.
enum Qwen3 {
  static let family = Family(["qwen3"]) { config throws(JSONMemberError) in
    let bias = try config.flag("attention_bias", default: false)
    var description = try Qwen.describe(config, headDimension: 128, attentionBias: bias)
    let epsilon = description.finalNorm.epsilon
    for index in description.layers.indices {
      let width = description.layers[index].attention.headDimension
      func norm(_ name: String) -> Norm {
        Norm(
          .rootMeanSquare, modules: ["\(DecoderSizes.layer(index)).self_attn.\(name)"], width: width,
          epsilon: epsilon)
      }
      description.layers[index].attention.queryNorm = norm("q_norm")
      description.layers[index].attention.keyNorm = norm("k_norm")
    }
    return description
  }
}

/// What the two share: windows from layer `max_window_layers` on, where `use_sliding_window` says so.
enum Qwen {
  /// `attentionBias` nil stands for Qwen 2's: on the inputs, not on the output.
  static func describe(
    _ config: JSONReader, headDimension: Int?, attentionBias: Bool?
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
      LayerDescription(
        attentionInputNorm: sizes.norm("\(DecoderSizes.layer(index)).input_layernorm", epsilon: epsilon),
        attention: sizes.attention(
          layer: index, inputBias: attentionBias ?? true, outputBias: attentionBias ?? false, rotary: rotary,
          window: windows[index]),
        mlpInputNorm: sizes.norm("\(DecoderSizes.layer(index)).post_attention_layernorm", epsilon: epsilon),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation))
    }
    return try sizes.description(
      of: config, layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: config.flag("tie_word_embeddings", default: false))
  }
}
