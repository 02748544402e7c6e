import StrictJSON

/// gpt-oss (`transformers.models.gpt_oss`): attention sinks, a window in every other layer, biases everywhere, mixtures of experts with
/// bounds on gate and up, whose rows take turns in transposed tensors of all experts.
enum GPTOSS {
  static let family = Family(["gpt_oss"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 201_088, hidden: 2880, inner: 2880, layers: 36, heads: 64, keyValueHeads: 8, headDimension: 64,
        positions: 131_072))
    let bias = try config.flag("attention_bias", default: true)
    let window = try config.optionalSize("sliding_window", default: 128)
    let windows = try config.windows(layers: sizes.layers, window: window) { $0 % 2 == 0 }
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 150_000, block: rope)).rotary()
    var mixture = try Mixture(
      config, sizes, counts: ["num_local_experts", "num_experts"], inner: "intermediate_size",
      defaults: .init(count: 128, topK: 4, inner: sizes.inner), isNormalized: true)
    (mixture.router, mixture.hasBias, mixture.interleaves) = ("router", true, true)
    mixture.clamp = GateClamp(
      limit: try config.positive("swiglu_limit", default: 7), slope: try config.positive("swiglu_alpha", default: 1.702)
    )
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(
        layer: index, inputBias: bias, outputBias: bias, rotary: rotary, window: windows[index])
      attention.sinks = "\(DecoderSizes.layer(index)).self_attn.sinks"
      // The class has a member `hidden_act` that its experts do not read.
      return sizes.preNormLayer(
        index, attention: attention, mlp: nil, experts: mixture.experts(layer: index, sizes, .quickGelu)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "gpt_oss", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  private static let rope: [String: JSONValue] = [
    "rope_type": .string("yarn"), "factor": .integer(32), "beta_fast": .integer(32), "beta_slow": .integer(1),
    "truncate": .boolean(false), "original_max_position_embeddings": .integer(4096),
  ]
}
