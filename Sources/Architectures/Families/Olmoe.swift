import StrictJSON

/// OLMoE (`transformers.models.olmoe`): a mixture of experts in every layer, norms over the full width of query and key, and then
/// queries, keys and values kept within `clip_qkv`.
enum Olmoe {
  static let family = Family(["olmoe"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 50_304, hidden: 2048, inner: 2048, layers: 16, heads: 16, keyValueHeads: nil, headDimension: nil,
        positions: 4096))
    let bias = try config.flag("attention_bias", default: false)
    let clip = try config.optionalPositive("clip_qkv", default: nil)
    let mixture = try Mixture(
      config, sizes, counts: ["num_experts", "num_local_experts"], inner: "intermediate_size",
      defaults: .init(count: 64, topK: 8, inner: sizes.inner),
      isNormalized: config.flag("norm_topk_prob", default: false))
    var model = try Qwen2.describe(
      config, family: "olmoe", sizes: sizes, windows: Array(repeating: nil, count: sizes.layers), base: 10_000,
      epsilon: 1e-5, inputBias: bias, outputBias: bias, mixture: mixture)
    for index in model.layers.indices {
      func norm(_ name: String, _ width: Int) -> Norm {
        Norm(
          .rootMeanSquare, modules: ["\(DecoderSizes.layer(index)).self_attn.\(name)"], width: width,
          epsilon: model.finalNorm.epsilon)
      }
      model.layers[index].attention.queryNorm = norm("q_norm", sizes.queryWidth)
      model.layers[index].attention.keyNorm = norm("k_norm", sizes.keyValueWidth)
      model.layers[index].attention.clip = clip
    }
    return model
  }
}
