import StrictJSON

/// Qwen 2 and 2.5 (`transformers.models.qwen2`) and the text half of Qwen 2.5-VL: a bias on query, key and value; windows
/// from layer `max_window_layers` on where `use_sliding_window` says so.
enum Qwen2 {
  static let family = Family(["qwen2"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(config, defaults: defaults)
    return try describe(
      config, family: "qwen2", sizes: sizes, windows: windows(config, sizes, full: 28), base: 10_000,
      epsilon: 1e-6)
  }

  static let visionFamily = Family(["qwen2_5_vl_text"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 152_064, hidden: 8192, inner: 29_568, layers: 80, heads: 64, keyValueHeads: 8,
        headDimension: nil, positions: 32_768))
    return try describe(
      config, family: "qwen2_5_vl_text", sizes: sizes, windows: windows(config, sizes, full: 80), base: 1_000_000,
      epsilon: 1e-5)
  }

  static let defaults = DecoderSizes.Defaults(
    vocabulary: 151_936, hidden: 4096, inner: 22_016, layers: 32, heads: 32, keyValueHeads: 32, headDimension: nil,
    positions: 32_768)

  static func windows(
    _ config: JSONReader, _ sizes: DecoderSizes, full absent: Int
  ) throws(JSONMemberError) -> [Int?] {
    let slides = try config.flag("use_sliding_window", default: false)
    let window = try slides ? config.optionalSize("sliding_window", default: 4096) : nil
    let full = try config.isAbsent("max_window_layers") ? absent : config.integer("max_window_layers")
    return try config.windows(layers: sizes.layers, window: window) { window != nil && $0 >= full }
  }

  /// What Qwen 2 and Qwen 3 share.
  static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, windows: [Int?], base: Double, epsilon: Double,
    inputBias: Bool = true, outputBias: Bool = false, mixture: Mixture? = nil
  ) throws(JSONMemberError) -> ModelDescription {
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: epsilon)
    var settings = try RotarySettings(config, sizes, defaults: .init(base: base))
    // Sections of a head turn by time, height and width, which are the same for every token of a text.
    if family.contains("_vl"), settings.type == "mrope" { settings.type = "default" }
    let rotary = try settings.rotary()
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: inputBias, outputBias: outputBias, rotary: rotary, window: windows[index]),
        mlp: mixture.map { $0.dense(layer: index, sizes, activation) }
          ?? sizes.gatedMLP(layer: index, bias: false, activation: activation),
        experts: mixture?.experts(layer: index, sizes, activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: family, layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
