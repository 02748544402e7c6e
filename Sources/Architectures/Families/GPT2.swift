import StrictJSON

/// GPT-2 (`transformers.models.gpt2`): learned positions, layer norms, a fused and transposed `c_attn`.
enum GPT2 {
  static let family = Family(["gpt2"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    // The class maps the common names to its own; where both stand in a file, the common one wins.
    let hidden = try config.size("hidden_size", default: config.size("n_embd", default: 768))
    let heads = try config.count("num_attention_heads", default: config.count("n_head", default: 12))
    let count = try config.count("num_hidden_layers", default: config.count("n_layer", default: 12))
    let positions = try config.size(
      "max_position_embeddings", default: config.size("n_positions", default: 1024))
    let vocabulary = try config.size("vocab_size", default: 50_257)
    let inner = try config.optionalSize("n_inner", default: nil) ?? 4 * hidden
    guard hidden % heads == 0 else {
      throw config.error("n_head", "n_embd \(hidden) is not a multiple of \(heads) heads")
    }
    let activation = try config.activation("activation_function", default: "gelu_new")
    let epsilon = try config.epsilon("layer_norm_epsilon", default: 1e-5)
    let scales = try config.flag("scale_attn_weights", default: true)
    let scalesByLayer = try config.flag("scale_attn_by_inverse_layer_idx", default: false)
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: hidden, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<count).map { index in
      let module = "transformer.h.\(index)"
      var attention = attention(module, hidden: hidden, heads: heads)
      if !scales { attention.scale = 1 }
      if scalesByLayer { attention.scale /= Double(index + 1) }
      return LayerDescription(
        attentionInputNorm: norm("\(module).ln_1"), attention: attention,
        mlpInputNorm: norm("\(module).ln_2"),
        mlp: MLPDescription(
          gate: nil, up: Projection(conv1D("\(module).mlp.c_fc", hidden, inner)),
          down: conv1D("\(module).mlp.c_proj", inner, hidden), activation: activation))
    }
    return ModelDescription(
      family: "gpt2", vocabularySize: vocabulary, hiddenSize: hidden,
      embedding: EmbeddingDescription(
        tokens: Embedding("transformer.wte", rows: vocabulary, columns: hidden),
        positions: Embedding("transformer.wpe", rows: positions, columns: hidden)),
      layers: layers, finalNorm: norm("transformer.ln_f"),
      head: HeadDescription(
        linear: Linear("lm_head", inputs: hidden, outputs: vocabulary),
        isTied: try config.flag("tie_word_embeddings", default: true)),
      configuredPositions: positions)
  }

  private static func attention(_ module: String, hidden: Int, heads: Int) -> AttentionDescription {
    let fused = conv1D("\(module).attn.c_attn", hidden, 3 * hidden)
    func third(_ index: Int) -> Projection {
      Projection(fused, rows: RowSelection(index * hidden..<(index + 1) * hidden))
    }
    return AttentionDescription(
      queryHeads: heads, keyValueHeads: heads, headDimension: hidden / heads, query: third(0), key: third(1),
      value: third(2), output: conv1D("\(module).attn.c_proj", hidden, hidden), rotary: nil,
      scale: 1 / Double(hidden / heads).squareRoot())
  }

  private static func conv1D(_ module: String, _ inputs: Int, _ outputs: Int) -> Linear {
    Linear(module, inputs: inputs, outputs: outputs, hasBias: true, isTransposed: true)
  }
}
