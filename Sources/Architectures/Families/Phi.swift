import StrictJSON

/// Phi 1, 1.5 and 2 (`transformers.models.phi`): attention and MLP in parallel from one layer norm, half of a head turns,
/// biases everywhere, the head's too; norms on heads by choice.
enum Phi {
  static let family = Family(["phi"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 51_200, hidden: 2048, inner: 8192, layers: 24, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    let normsHeads = try config.flag("qk_layernorm", default: false)
    let activation = try config.activation("hidden_act", default: "gelu_new")
    let epsilon = try config.epsilon("layer_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.5)).rotary()
    func norm(_ module: String, width: Int) -> Norm {
      Norm(.layer, modules: [module], width: width, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(layer: index, inputBias: true, outputBias: true, rotary: rotary)
      attention.output.module = "\(module).self_attn.dense"
      if normsHeads {
        attention.queryNorm = norm("\(module).self_attn.q_layernorm", width: sizes.headDimension)
        attention.keyNorm = norm("\(module).self_attn.k_layernorm", width: sizes.headDimension)
      }
      let norm = norm("\(module).input_layernorm", width: sizes.hidden)
      return LayerDescription(
        attentionInputNorm: norm, attention: attention, mlpInputNorm: norm,
        mlp: sizes.plainMLP(layer: index, up: "fc1", down: "fc2", bias: true, activation: activation),
        isParallel: true)
    }
    var model = sizes.description(
      family: "phi", layers: layers, finalNorm: norm("model.final_layernorm", width: sizes.hidden),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.head.linear.hasBias = true
    return model
  }
}
