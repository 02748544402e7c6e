import StrictJSON

/// Ministral 3 (`transformers.models.ministral3`): Mistral with yarn, and queries that grow with their position.
enum Ministral3 {
  static let family = Family(["ministral3"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 131_072, hidden: 4096, inner: 14_336, layers: 34, heads: 32, keyValueHeads: 8,
        headDimension: 128, positions: 262_144))
    let window = try config.optionalSize("sliding_window", default: nil)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let settings = try RotarySettings(config, sizes, defaults: .init(block: rope))
    let scale = PositionScale(
      beta: try settings.block.number("llama_4_scaling_beta"), length: settings.originalPositions)
    let rotary = try settings.rotary()
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(
        layer: index, inputBias: false, outputBias: false, rotary: rotary, window: window)
      attention.queryScale = scale
      return sizes.preNormLayer(
        index, attention: attention, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "ministral3", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  private static let rope: [String: JSONValue] = [
    "rope_type": .string("yarn"), "rope_theta": .integer(1_000_000), "factor": .integer(16),
    "original_max_position_embeddings": .integer(16_384), "beta_fast": .integer(32), "beta_slow": .integer(1),
    "mscale": .integer(1), "mscale_all_dim": .integer(1), "llama_4_scaling_beta": .number(0.1),
  ]
}
