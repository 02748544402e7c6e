import StrictJSON

/// GPT-NeoX and Pythia (`transformers.models.gpt_neox`): query, key and value fused head by head, part of a head turns,
/// attention and MLP in parallel or one after the other.
enum GPTNeoX {
  static let family = Family(["gpt_neox"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 50_432, hidden: 6144, inner: 24_576, layers: 44, heads: 64, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    try sizes.requireOneHeadEach(config)
    let bias = try config.flag("attention_bias", default: true)
    let isParallel = try config.flag("use_parallel_residual", default: true)
    let activation = try config.activation("hidden_act", default: "gelu")
    let epsilon = try config.epsilon("layer_norm_eps", default: 1e-5)
    let rotary = try RotarySettings(
      config, sizes,
      defaults: .init(baseName: "rotary_emb_base", partialFactor: 0.25, partialName: "rotary_pct")
    ).rotary()
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: sizes.hidden, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = "gpt_neox.layers.\(index)"
      return LayerDescription(
        attentionInputNorm: norm("\(module).input_layernorm"),
        attention: attention(module, sizes, hasBias: bias, rotary: rotary),
        mlpInputNorm: norm("\(module).post_attention_layernorm"),
        mlp: MLPDescription(
          gate: nil,
          up: Projection(
            Linear("\(module).mlp.dense_h_to_4h", inputs: sizes.hidden, outputs: sizes.inner, hasBias: true)),
          down: Linear(
            "\(module).mlp.dense_4h_to_h", inputs: sizes.inner, outputs: sizes.hidden, hasBias: true),
          activation: activation),
        isParallel: isParallel)
    }
    var model = sizes.description(
      family: "gpt_neox", layers: layers, finalNorm: norm("gpt_neox.final_layer_norm"),
      isTied: try config.flag("tie_word_embeddings", default: false))
    model.embedding.tokens.module = "gpt_neox.embed_in"
    model.renamedPrefixes = ["embed_out.": "lm_head."]
    return model
  }

  private static func attention(
    _ module: String, _ sizes: DecoderSizes, hasBias: Bool, rotary: Rotary
  ) -> AttentionDescription {
    let width = sizes.headDimension
    let fused = Linear(
      "\(module).attention.query_key_value", inputs: sizes.hidden, outputs: 3 * sizes.hidden, hasBias: hasBias
    )
    func part(_ index: Int) -> Projection {
      Projection(
        fused,
        rows: RowSelection(start: index * width, length: width, stride: 3 * width, blocks: sizes.heads))
    }
    return AttentionDescription(
      queryHeads: sizes.heads, keyValueHeads: sizes.heads, headDimension: width, query: part(0), key: part(1),
      value: part(2),
      output: Linear(
        "\(module).attention.dense", inputs: sizes.hidden, outputs: sizes.hidden, hasBias: hasBias),
      rotary: rotary, scale: 1 / Double(width).squareRoot())
  }
}
