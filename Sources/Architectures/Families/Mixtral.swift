import StrictJSON

/// Mixtral (`transformers.models.mixtral`): Mistral with a mixture of experts in every layer, which files hold under older names.
enum Mixtral {
  static let family = Family(["mixtral"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 4096, inner: 14_336, layers: 32, heads: 32, keyValueHeads: 8, headDimension: nil,
        positions: 131_072))
    let window = try config.optionalSize("sliding_window", default: nil)
    let mixture = try Mixture(
      config, sizes, counts: ["num_local_experts", "num_experts"], inner: "intermediate_size",
      defaults: .init(count: 8, topK: 2, inner: sizes.inner), isNormalized: true)
    var model = try Qwen2.describe(
      config, family: "mixtral", sizes: sizes, windows: Array(repeating: window, count: sizes.layers),
      base: 1_000_000, epsilon: 1e-5, inputBias: false, mixture: mixture)
    model.renamedComponents = [
      RenamedComponents("block_sparse_moe", is: "mlp"), RenamedComponents("w1", is: "gate_proj"),
      RenamedComponents("w3", is: "up_proj"), RenamedComponents("w2", is: "down_proj"),
    ]
    return model
  }
}
