import StrictJSON

/// Qwen 3 (`transformers.models.qwen3`) and the text half of Qwen 3-VL: Qwen 2 with a norm on every query and key head and
/// a bias by choice.
enum Qwen3 {
  static let family = Family(["qwen3"]) { config throws(JSONMemberError) in
    let sizes = try sizes(config, positions: 32_768)
    return try describe(
      config, family: "qwen3", sizes: sizes, windows: Qwen2.windows(config, sizes, full: 28), base: 10_000)
  }

  /// It has no windows, whatever config.json says.
  static let visionFamily = Family(["qwen3_vl_text"]) { config throws(JSONMemberError) in
    let sizes = try sizes(config, positions: 128_000)
    return try describe(
      config, family: "qwen3_vl_text", sizes: sizes, windows: Array(repeating: nil, count: sizes.layers),
      base: 500_000)
  }

  /// Qwen 3 with mixtures of experts (`transformers.models.qwen3_moe`); a window is that of every layer.
  static let mixtureFamily = Family(["qwen3_moe"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 151_936, hidden: 2048, inner: 6144, layers: 24, heads: 32, keyValueHeads: 4, headDimension: nil,
        positions: 32_768))
    let slides = try config.flag("use_sliding_window", default: false)
    let window = try slides ? config.optionalSize("sliding_window", default: 4096) : nil
    let mixture = try Mixture(
      config, sizes, counts: ["num_experts", "num_local_experts"], defaults: .init(count: 128, topK: 8, inner: 768),
      isNormalized: config.flag("norm_topk_prob", default: false), isSparse: Qwen2.sparseLayers(config))
    return try describe(
      config, family: "qwen3_moe", sizes: sizes, windows: Array(repeating: window, count: sizes.layers), base: 10_000,
      mixture: mixture)
  }

  private static func sizes(_ config: JSONReader, positions: Int) throws(JSONMemberError) -> DecoderSizes {
    var defaults = Qwen2.defaults
    defaults.headDimension = 128
    defaults.positions = positions
    return try DecoderSizes(config, defaults: defaults)
  }

  private static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, windows: [Int?], base: Double, mixture: Mixture? = nil
  ) throws(JSONMemberError) -> ModelDescription {
    let bias = try config.flag("attention_bias", default: false)
    var model = try Qwen2.describe(
      config, family: family, sizes: sizes, windows: windows, base: base, epsilon: 1e-6, inputBias: bias,
      outputBias: bias, mixture: mixture)
    for index in model.layers.indices {
      sizes.normHeads(&model.layers[index].attention, layer: index, epsilon: model.finalNorm.epsilon)
    }
    return model
  }
}
