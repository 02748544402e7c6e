import StrictJSON

/// Qwen 1.5 and 2 with mixtures of experts (`transformers.models.qwen2_moe`): a dense MLP with a gate stands beside the experts.
extension Qwen2 {
  static let mixtureFamily = Family(["qwen2_moe"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 151_936, hidden: 2048, inner: 5632, layers: 24, heads: 16, keyValueHeads: 16, headDimension: nil,
        positions: 32_768))
    var mixture = try Mixture(
      config, sizes, counts: ["num_experts"], defaults: .init(count: 60, topK: 4, inner: 1408),
      isNormalized: config.flag("norm_topk_prob", default: false), isSparse: sparseLayers(config))
    mixture.shared = (
      "shared_expert", try config.size("shared_expert_intermediate_size", default: 5632), "shared_expert_gate"
    )
    return try describe(
      config, family: "qwen2_moe", sizes: sizes, windows: mixtureWindows(config, sizes), base: 10_000, epsilon: 1e-6,
      inputBias: config.flag("qkv_bias", default: true), mixture: mixture)
  }

  /// Every other layer below `max_window_layers`, unlike in the dense family.
  private static func mixtureWindows(
    _ config: JSONReader, _ sizes: DecoderSizes
  ) throws(JSONMemberError) -> [Int?] {
    let slides = try config.flag("use_sliding_window", default: false)
    let window = try slides ? config.optionalSize("sliding_window", default: 4096) : nil
    let limit = try config.isAbsent("max_window_layers") ? 28 : config.integer("max_window_layers")
    return try config.windows(layers: sizes.layers, window: window) { window != nil && $0 % 2 == 0 && $0 < limit }
  }

  /// Which layers are mixtures: every `decoder_sparse_step`th, without those of `mlp_only_layers`.
  static func sparseLayers(_ config: JSONReader) throws(JSONMemberError) -> (Int) -> Bool {
    let step = try config.count("decoder_sparse_step", default: 1)
    let dense = Set(try config.optionalIntegers("mlp_only_layers") ?? [])
    return { !dense.contains($0) && ($0 + 1) % step == 0 }
  }
}
