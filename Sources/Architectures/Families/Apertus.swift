import StrictJSON

/// Apertus (`transformers.models.apertus`): norms on every query and key head, and a non-linearity with numbers of its own
/// in each layer instead of a gate.
enum Apertus {
  static let family = Family(["apertus"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 131_072, hidden: 4096, inner: 14_336, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 65_536))
    let bias = try config.flag("attention_bias", default: false)
    let hasNumbers = config.isAbsent("hidden_act") || config["hidden_act"] == .string("xielu")
    let activation = try hasNumbers ? .xielu : config.activation("hidden_act", default: "xielu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 12_000_000, block: rope)).rotary()
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary)
      sizes.normHeads(&attention, layer: index, epsilon: epsilon)
      var mlp = sizes.plainMLP(layer: index, bias: false, activation: activation)
      if hasNumbers { mlp.activationModule = "\(module).mlp.act_fn" }
      return LayerDescription(
        attentionInputNorm: sizes.norm("\(module).attention_layernorm", epsilon: epsilon), attention: attention,
        mlpInputNorm: sizes.norm("\(module).feedforward_layernorm", epsilon: epsilon), mlp: mlp)
    }
    return sizes.description(
      family: "apertus", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  private static let rope: [String: JSONValue] = [
    "rope_type": .string("llama3"), "rope_theta": .integer(12_000_000), "factor": .integer(8),
    "original_max_position_embeddings": .integer(8192), "low_freq_factor": .integer(1),
    "high_freq_factor": .integer(4),
  ]
}
