import StrictJSON

/// Qwen 3.5 (`transformers.models.qwen3_5`) and Qwen3-Next (`transformers.models.qwen3_next`): gated delta rules in most layers, and in
/// every fourth attention whose outputs have gates.
enum Qwen3Hybrid {
  static let textFamily = Family(["qwen3_5_text"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config, defaults: defaults(vocabulary: 248_320, hidden: 4096, inner: 12_288, layers: 32, keyValueHeads: 4))
    return try describe(config, family: "qwen3_5_text", sizes: sizes)
  }

  /// Qwen3-Next: experts with a dense MLP and its gate beside them, and projections that are fused.
  static let mixtureFamily = Family(["qwen3_next"]) { config throws(JSONMemberError) in
    let sizes = try DecoderSizes(
      config, defaults: defaults(vocabulary: 151_936, hidden: 2048, inner: 5632, layers: 48, keyValueHeads: 2))
    var mixture = try Mixture(
      config, sizes, counts: ["num_experts"], defaults: .init(count: 512, topK: 10, inner: 512),
      isNormalized: config.flag("norm_topk_prob", default: true), isSparse: Qwen2.sparseLayers(config))
    mixture.shared = (
      "shared_expert", try config.size("shared_expert_intermediate_size", default: 512), "shared_expert_gate"
    )
    return try describe(config, family: "qwen3_next", sizes: sizes, mixture: mixture, isFused: true)
  }

  private static func defaults(
    vocabulary: Int, hidden: Int, inner: Int, layers: Int, keyValueHeads: Int
  ) -> DecoderSizes.Defaults {
    DecoderSizes.Defaults(
      vocabulary: vocabulary, hidden: hidden, inner: inner, layers: layers, heads: 16, keyValueHeads: keyValueHeads,
      headDimension: 256, positions: 32_768)
  }

  private static func describe(
    _ config: JSONReader, family: String, sizes: DecoderSizes, mixture: Mixture? = nil, isFused: Bool = false
  ) throws(JSONMemberError) -> ModelDescription {
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let bias = try config.flag("attention_bias", default: false)
    if !(try config.flag("attn_output_gate", default: true)) {
      throw config.error(
        "attn_output_gate", "attention without an output gate is not supported; the library always has one")
    }
    var settings = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.25))
    // Sections of a head turn by time, height and width, which are the same for every token of a text.
    if settings.type == "mrope" { settings.type = "default" }
    let rotary = try settings.rotary()
    let interval = try config.count("full_attention_interval", default: 4)
    let attends = try config.layerTypes(sizes.layers, of: ["full_attention", "linear_attention"]) {
      ($0 + 1) % interval == 0 ? "full_attention" : "linear_attention"
    }.map { $0 == "full_attention" }
    let linear = try LinearHeads(config, sizes, epsilon: epsilon, isFused: isFused)
    guard activation == .silu || attends.allSatisfy(\.self) else {
      throw config.error("hidden_act", "linear attention with another activation than silu is not supported")
    }
    func norm(_ module: String, width: Int) -> Norm {
      Norm(.rootMeanSquare, modules: [module], width: width, epsilon: epsilon, storesGainMinusOne: true)
    }
    let layers = (0..<sizes.layers).map { index in
      var layer = sizes.preNormLayer(
        index, attention: .none(hidden: sizes.hidden),
        mlp: mixture.map { $0.dense(layer: index, sizes, activation) }
          ?? sizes.gatedMLP(layer: index, bias: false, activation: activation),
        experts: mixture?.experts(layer: index, sizes, activation)
      ) { norm($0, width: sizes.hidden) }
      if attends[index] {
        layer.attention = gated(sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary))
        layer.attention.queryNorm = norm("\(DecoderSizes.layer(index)).self_attn.q_norm", width: sizes.headDimension)
        layer.attention.keyNorm = norm("\(DecoderSizes.layer(index)).self_attn.k_norm", width: sizes.headDimension)
      } else {
        layer.recurrence = .deltaRule(linear.rule(layer: index))
      }
      return layer
    }
    return sizes.description(
      family: family, layers: layers, finalNorm: norm("model.norm", width: sizes.hidden),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  /// Queries and gates take turns in `q_proj`, a head at a time.
  private static func gated(_ attention: AttentionDescription) -> AttentionDescription {
    var attention = attention
    let (width, heads) = (attention.headDimension, attention.queryHeads)
    var linear = attention.query.linear
    linear.outputs = 2 * heads * width
    func rows(_ start: Int) -> RowSelection {
      RowSelection(start: start, length: width, stride: 2 * width, blocks: heads)
    }
    attention.query = Projection(linear, rows: rows(0))
    attention.gate = Projection(linear, rows: rows(width))
    return attention
  }
}

/// The heads of linear attention by the members `linear_…`.
private struct LinearHeads {
  let (keyHeads, valueHeads, keyDimension, valueDimension, kernel): (Int, Int, Int, Int, Int)
  let hidden: Int
  let epsilon: Double
  /// Whether q, k, v and z, and b and a, come from one linear layer each, a key head at a time.
  let isFused: Bool

  init(
    _ config: JSONReader, _ sizes: DecoderSizes, epsilon: Double, isFused: Bool
  ) throws(JSONMemberError) {
    keyHeads = try config.count("linear_num_key_heads", default: 16)
    valueHeads = try config.count("linear_num_value_heads", default: 32)
    keyDimension = try config.count("linear_key_head_dim", default: 128)
    valueDimension = try config.count("linear_value_head_dim", default: 128)
    kernel = try config.count("linear_conv_kernel_dim", default: 4)
    (hidden, self.epsilon, self.isFused) = (sizes.hidden, epsilon, isFused)
    guard valueHeads % keyHeads == 0 else {
      throw config.error(
        "linear_num_value_heads", "\(valueHeads) value heads cannot share \(keyHeads) key heads evenly")
    }
  }

  func rule(layer index: Int) -> GatedDeltaRule {
    let module = "\(DecoderSizes.layer(index)).linear_attn"
    let (keys, values) = (keyHeads * keyDimension, valueHeads * valueDimension)
    let operands = isFused ? fused(module) : separate(module)
    return GatedDeltaRule(
      keyHeads: keyHeads, valueHeads: valueHeads, keyDimension: keyDimension, valueDimension: valueDimension,
      query: operands[0], key: operands[1], value: operands[2], gate: operands[3], strength: operands[4],
      decay: operands[5],
      convolution: DepthwiseConvolution("\(module).conv1d", channels: 2 * keys + values, kernel: kernel),
      decayLogarithms: "\(module).A_log", decayBias: "\(module).dt_bias",
      norm: Norm(.rootMeanSquare, modules: ["\(module).norm"], width: valueDimension, epsilon: epsilon),
      output: Linear("\(module).out_proj", inputs: values, outputs: hidden))
  }

  /// q, k, v, z, b and a of `in_proj_qkv`, `in_proj_z`, `in_proj_b` and `in_proj_a`.
  private func separate(_ module: String) -> [Projection] {
    let (keys, values) = (keyHeads * keyDimension, valueHeads * valueDimension)
    func linear(_ name: String, _ outputs: Int) -> Linear {
      Linear("\(module).\(name)", inputs: hidden, outputs: outputs)
    }
    let all = linear("in_proj_qkv", 2 * keys + values)
    return [0..<keys, keys..<2 * keys, 2 * keys..<2 * keys + values].map { Projection(all, rows: RowSelection($0)) }
      + [
        Projection(linear("in_proj_z", values)), Projection(linear("in_proj_b", valueHeads)),
        Projection(linear("in_proj_a", valueHeads)),
      ]
  }

  /// The same of `in_proj_qkvz`, a key head [q | k | v | z], and `in_proj_ba`, a key head [b | a].
  private func fused(_ module: String) -> [Projection] {
    let share = valueHeads / keyHeads
    func parts(_ name: String, _ lengths: [Int]) -> [Projection] {
      let stride = lengths.reduce(0, +)
      let linear = Linear("\(module).\(name)", inputs: hidden, outputs: keyHeads * stride)
      return lengths.indices.map { part in
        Projection(
          linear,
          rows: RowSelection(
            start: lengths[..<part].reduce(0, +), length: lengths[part], stride: stride, blocks: keyHeads))
      }
    }
    let value = share * valueDimension
    return parts("in_proj_qkvz", [keyDimension, keyDimension, value, value]) + parts("in_proj_ba", [share, share])
  }
}
