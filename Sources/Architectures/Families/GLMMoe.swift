import StrictJSON

/// GLM 4.5 and its like (`transformers.models.glm4_moe`): Llama's layers with half of a head turning; behind the first layers mixtures
/// of experts, whose router scores each expert by itself, and a shared expert beside them.
extension GLM {
  static let mixtureFamily = Family(["glm4_moe"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 151_552, hidden: 4096, inner: 10_944, layers: 46, heads: 96, keyValueHeads: 8, headDimension: nil,
        positions: 131_072))
    let bias = try config.flag("attention_bias", default: false)
    let normsHeads = try config.flag("use_qk_norm", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.5)).rotary()
    let mixture = try Mixture.behindDenseLayers(
      config, sizes, dense: 1, defaults: .init(count: 128, topK: 8, inner: 1408))
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: false, rotary: rotary)
      if normsHeads { sizes.normHeads(&attention, layer: index, epsilon: epsilon) }
      return sizes.preNormLayer(
        index, attention: attention,
        mlp: mixture.dense(layer: index, sizes, activation),
        experts: mixture.experts(layer: index, sizes, activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    var model = sizes.description(
      family: "glm4_moe", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.predictionLayers = try config.optionalInteger("num_nextn_predict_layers") ?? 1
    return model
  }
}
