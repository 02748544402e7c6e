import StrictJSON

/// EXAONE 4 (`transformers.models.exaone4`): norms behind both halves and on every query and key head; where there are
/// windows, the layers without one do not turn.
enum Exaone4 {
  static let family = Family(["exaone4"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 102_400, hidden: 4096, inner: 16_384, layers: 32, heads: 32, keyValueHeads: 32,
        headDimension: nil, positions: 2048))
    let window = try config.optionalSize("sliding_window", default: 4096)
    // The pattern may be a text ("LLLG") that the class does not read where the layers' types are listed.
    let isListed = try config.optionalStrings("layer_types") != nil
    let pattern = try isListed || window == nil ? 1 : config.count("sliding_window_pattern", default: 4)
    let windows = try config.windows(layers: sizes.layers, window: window) { ($0 + 1) % pattern != 0 }
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes).rotary()
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var attention = sizes.attention(
        layer: index, inputBias: false, outputBias: false,
        rotary: window == nil || windows[index] != nil ? rotary : nil, window: windows[index])
      sizes.normHeads(&attention, layer: index, epsilon: epsilon)
      return LayerDescription(
        attentionInputNorm: nil, attention: attention,
        attentionOutputNorm: sizes.norm("\(module).post_attention_layernorm", epsilon: epsilon),
        mlpInputNorm: nil, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation),
        mlpOutputNorm: sizes.norm("\(module).post_feedforward_layernorm", epsilon: epsilon))
    }
    return sizes.description(
      family: "exaone4", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
