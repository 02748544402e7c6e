import StrictJSON

/// Granite 3 (`transformers.models.granite`): Llama with a factor on embeddings, scores, residuals and logits.
enum Granite {
  static let family = Family(["granite"]) { config throws(JSONMemberError) in
    try describe(config, family: "granite") { _ throws(JSONMemberError) in nil }
  }

  /// With mixtures of experts (`transformers.models.granitemoe`), which files hold in tensors of all experts.
  static let mixtureFamily = Family(["granitemoe"]) { config throws(JSONMemberError) in
    var model = try describe(config, family: "granitemoe") { sizes throws(JSONMemberError) in
      var mixture = try Mixture(
        config, sizes, counts: ["num_local_experts"], inner: "intermediate_size",
        defaults: .init(count: 8, topK: 2, inner: sizes.inner), isNormalized: true)
      (mixture.module, mixture.router) = ("block_sparse_moe", "router")
      return mixture
    }
    model.renamedComponents = [
      RenamedComponents("block_sparse_moe.router.layer", is: "block_sparse_moe.router"),
      RenamedComponents("block_sparse_moe.input_linear.weight", is: "block_sparse_moe.experts.gate_up_proj"),
      RenamedComponents("block_sparse_moe.output_linear.weight", is: "block_sparse_moe.experts.down_proj"),
    ]
    return model
  }

  private static func describe(
    _ config: JSONReader, family: String, mixture: (DecoderSizes) throws(JSONMemberError) -> Mixture?
  ) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_000, hidden: 4096, inner: 11_008, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    let attentionBias = try config.flag("attention_bias", default: false)
    let mixture = try mixture(sizes)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let scale = try config.positive("attention_multiplier", default: 1)
    let residualMultiplier = Float(try config.positive("residual_multiplier", default: 1))
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(
        layer: index, inputBias: attentionBias, outputBias: attentionBias, rotary: rotary)
      attention.scale = scale
      var layer = sizes.preNormLayer(
        index, attention: attention,
        mlp: mixture == nil ? sizes.gatedMLP(layer: index, bias: mlpBias, activation: activation) : nil,
        experts: mixture?.experts(layer: index, sizes, activation)
      ) { sizes.norm($0, epsilon: epsilon) }
      layer.residualMultiplier = residualMultiplier
      return layer
    }
    var model = sizes.description(
      family: family, layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.embedding.scale = Float(try config.positive("embedding_multiplier", default: 1))
    model.head.logitMultiplier = try 1 / config.positive("logits_scaling", default: 1)
    return model
  }
}
