import StrictJSON

/// GPT-2 (`transformers.models.gpt2`): learned positions, layer norms, a fused and transposed `c_attn`.
enum GPT2 {
  static let family = Family(["gpt2"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try GPTSizes(
      config, defaults: .init(vocabulary: 50_257, hidden: 768, layers: 12, heads: 12, positions: 1024))
    let (hidden, inner) = (sizes.hidden, sizes.inner)
    let activation = try config.activation("activation_function", default: "gelu_new")
    let epsilon = try config.epsilon("layer_norm_epsilon", default: 1e-5)
    let scales = try config.flag("scale_attn_weights", default: true)
    let scalesByLayer = try config.flag("scale_attn_by_inverse_layer_idx", default: false)
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: hidden, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = "transformer.h.\(index)"
      var attention = attention(module, hidden: hidden, heads: sizes.heads)
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
      family: "gpt2", vocabularySize: sizes.vocabulary, hiddenSize: hidden,
      embedding: EmbeddingDescription(
        tokens: Embedding("transformer.wte", rows: sizes.vocabulary, columns: hidden),
        positions: Embedding("transformer.wpe", rows: sizes.positions, columns: hidden)),
      layers: layers, finalNorm: norm("transformer.ln_f"),
      head: HeadDescription(
        linear: Linear("lm_head", inputs: hidden, outputs: sizes.vocabulary),
        isTied: try config.flag("tie_word_embeddings", default: true)),
      configuredPositions: sizes.positions)
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
