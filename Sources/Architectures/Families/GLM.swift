import StrictJSON

/// GLM 4 (`transformers.models.glm`) and its successor (`glm4`), which has norms behind both halves too: half of a head
/// turns, interleaved; `gate_up_proj` is fused; query, key and value have a bias.
enum GLM {
  static let family = Family(["glm"]) { config throws(JSONMemberError) in try describe(config, family: "glm") }

  static let fourthFamily = Family(["glm4"]) { config throws(JSONMemberError) in
    var model = try describe(config, family: "glm4")
    for index in model.layers.indices {
      func norm(_ name: String) -> Norm {
        var norm = model.finalNorm
        norm.modules = ["\(DecoderSizes.layer(index)).\(name)"]
        return norm
      }
      model.layers[index].attentionOutputNorm = norm("post_self_attn_layernorm")
      model.layers[index].mlpOutputNorm = norm("post_mlp_layernorm")
    }
    return model
  }

  private static func describe(
    _ config: JSONReader, family: String
  ) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 151_552, hidden: 4096, inner: 13_696, layers: 40, heads: 32, keyValueHeads: 2,
        headDimension: 128, positions: 131_072))
    let bias = try config.flag("attention_bias", default: true)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 0.000_000_156_25)
    let rotary = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.5)).rotary(layout: .interleaved)
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index, attention: sizes.attention(layer: index, inputBias: bias, outputBias: false, rotary: rotary),
        mlp: sizes.fusedGateMLP(layer: index, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: family, layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
