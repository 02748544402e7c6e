import StrictJSON

/// Phi-3 and Phi-4 (`transformers.models.phi3`): fused `qkv_proj` and `gate_up_proj`, longrope, part of a head may turn.
enum Phi3 {
  static let family = Family(["phi3"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 32_064, hidden: 3072, inner: 8192, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 4096))
    let window = try config.optionalSize("sliding_window", default: nil)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try rotary(config, sizes)
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index, attention: attention(DecoderSizes.layer(index), sizes, rotary: rotary, window: window),
        mlp: sizes.fusedGateMLP(layer: index, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "phi3", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  /// The class knows longrope alone, under two more names from its early days.
  private static func rotary(_ config: JSONReader, _ sizes: DecoderSizes) throws(JSONMemberError) -> Rotary {
    var settings = try RotarySettings(
      config, sizes, defaults: .init(partialFactor: 1, originalPositions: 4096))
    if ["su", "yarn"].contains(settings.type) { settings.type = "longrope" }
    guard ["default", "longrope"].contains(settings.type) else {
      throw settings.block.error(
        "rope_type", "a phi3 model has default or longrope, not \"\(settings.type)\"")
    }
    return try settings.rotary()
  }

  private static func attention(
    _ module: String, _ sizes: DecoderSizes, rotary: Rotary, window: Int?
  ) -> AttentionDescription {
    let keys = sizes.queryWidth
    let values = keys + sizes.keyValueWidth
    let end = values + sizes.keyValueWidth
    let fused = Linear("\(module).self_attn.qkv_proj", inputs: sizes.hidden, outputs: end)
    return AttentionDescription(
      queryHeads: sizes.heads, keyValueHeads: sizes.keyValueHeads, headDimension: sizes.headDimension,
      query: Projection(fused, rows: RowSelection(0..<keys)),
      key: Projection(fused, rows: RowSelection(keys..<values)),
      value: Projection(fused, rows: RowSelection(values..<end)),
      output: Linear("\(module).self_attn.o_proj", inputs: sizes.queryWidth, outputs: sizes.hidden),
      rotary: rotary, scale: 1 / Double(sizes.headDimension).squareRoot(), window: window)
  }
}
