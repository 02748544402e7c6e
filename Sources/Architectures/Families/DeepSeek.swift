import StrictJSON

/// DeepSeek-V3 and its like (`transformers.models.deepseek_v3`): queries, keys and values come through latents, part of a head turns and
/// keys share that part; behind the first layers mixtures of experts as GLM 4.5 has them.
enum DeepSeek {
  static let family = Family(["deepseek_v3"]) { config throws(JSONMemberError) in
    var sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 129_280, hidden: 7168, inner: 18_432, layers: 61, heads: 128, keyValueHeads: 128, headDimension: 64,
        positions: 4096))
    guard sizes.keyValueHeads == sizes.heads else {
      throw config.error(
        "num_key_value_heads", "every head has a key of its own here, \(sizes.heads) are expected")
    }
    // The member `head_dim` is the class's own copy of this one.
    sizes.headDimension = try config.size("qk_rope_head_dim", default: 64)
    let settings = try RotarySettings(config, sizes)
    let isInterleaved = try config.optionalBoolean("rope_interleave") ?? true
    let rotary = try settings.rotary(layout: isInterleaved ? .interleaved : .halves)
    let latents = try Latents(config, sizes, rotary, scale: settings.scoreFactor())
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let mixture = try Mixture.behindDenseLayers(
      config, sizes, dense: 3, defaults: .init(count: 256, topK: 8, inner: 2048), groups: 8, topGroups: 4, factor: 2.5)
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index, attention: latents.attention(layer: index),
        mlp: mixture.dense(layer: index, sizes, activation),
        experts: mixture.experts(layer: index, sizes, activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    var model = sizes.description(
      family: "deepseek_v3", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.predictionLayers = try config.optionalInteger("num_nextn_predict_layers") ?? 1
    return model
  }
}

/// The sizes of latent attention, and what follows from them.
private struct Latents {
  let sizes: DecoderSizes
  let rotary: Rotary
  /// Widths of the latents; nil where queries have none.
  let (queryRank, rank): (Int?, Int)
  /// Widths of a head: of what does not turn, and of a value.
  let (still, value): (Int, Int)
  let bias: Bool
  let scale: Double

  init(
    _ config: JSONReader, _ sizes: DecoderSizes, _ rotary: Rotary, scale: Double
  ) throws(JSONMemberError) {
    self.sizes = sizes
    queryRank = try config.optionalSize("q_lora_rank", default: 1536)
    rank = try config.size("kv_lora_rank", default: 512)
    still = try config.size("qk_nope_head_dim", default: 128)
    value = try config.size("v_head_dim", default: 128)
    for (name, width) in [("qk_nope_head_dim", still), ("v_head_dim", value)] where width > 1 << 14 {
      throw config.error(name, "a head of \(width) features is not supported; the limit is 16384")
    }
    bias = try config.flag("attention_bias", default: false)
    self.scale = scale
    var rotary = rotary
    rotary.first = still
    self.rotary = rotary
  }

  func attention(layer index: Int) -> AttentionDescription {
    let module = "\(DecoderSizes.layer(index)).self_attn"
    let (heads, turning) = (sizes.heads, sizes.headDimension)
    let width = still + turning
    func step(_ name: String, _ norm: String, rank: Int, outputs: Int) -> LatentAttention.Step {
      LatentAttention.Step(
        linear: Linear("\(module).\(name)", inputs: sizes.hidden, outputs: outputs, hasBias: bias),
        norm: Norm(.rootMeanSquare, modules: ["\(module).\(norm)"], width: rank, epsilon: 1e-6))
    }
    let both = Linear("\(module).kv_b_proj", inputs: rank, outputs: heads * (still + value))
    func rows(_ start: Int, _ length: Int) -> Projection {
      Projection(both, rows: RowSelection(start: start, length: length, stride: still + value, blocks: heads))
    }
    let query = Linear(
      "\(module).\(queryRank == nil ? "q_proj" : "q_b_proj")", inputs: queryRank ?? sizes.hidden, outputs: heads * width
    )
    var attention = AttentionDescription(
      queryHeads: heads, keyValueHeads: heads, headDimension: width, query: Projection(query), key: rows(0, still),
      value: rows(still, value),
      output: Linear("\(module).o_proj", inputs: heads * value, outputs: sizes.hidden, hasBias: bias), rotary: rotary,
      scale: scale / Double(width).squareRoot())
    attention.valueDimension = value
    attention.latent = LatentAttention(
      query: queryRank.map { step("q_a_proj", "q_a_layernorm", rank: $0, outputs: $0) },
      keyValue: step("kv_a_proj_with_mqa", "kv_a_layernorm", rank: rank, outputs: rank + turning),
      rotaryWidth: turning)
    return attention
  }
}
