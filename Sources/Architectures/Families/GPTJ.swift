import StrictJSON

/// GPT-J (`transformers.models.gptj`): attention and MLP in parallel from one layer norm, part of a head turns, interleaved;
/// no bias in the attention, one in the head.
enum GPTJ {
  static let family = Family(["gptj"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try GPTSizes(
      config, defaults: .init(vocabulary: 50_400, hidden: 4096, layers: 28, heads: 16, positions: 2048))
    let (hidden, inner) = (sizes.hidden, sizes.inner)
    let activation = try config.activation("activation_function", default: "gelu_new")
    let epsilon = try config.epsilon("layer_norm_epsilon", default: 1e-5)
    let turning = try config.size("rotary_dim", default: 64)
    guard turning % 2 == 0, turning <= sizes.headDimension else {
      throw config.error(
        "rotary_dim", "\(turning) of \(sizes.headDimension) features would turn; an even number of them is expected")
    }
    func norm(_ module: String) -> Norm {
      Norm(.layer, modules: [module], width: hidden, epsilon: epsilon, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      let module = "transformer.h.\(index)"
      func projection(_ name: String) -> Linear {
        Linear("\(module).attn.\(name)", inputs: hidden, outputs: hidden)
      }
      let norm = norm("\(module).ln_1")
      return LayerDescription(
        attentionInputNorm: norm,
        attention: AttentionDescription(
          queryHeads: sizes.heads, keyValueHeads: sizes.heads, headDimension: sizes.headDimension,
          query: Projection(projection("q_proj")), key: Projection(projection("k_proj")),
          value: Projection(projection("v_proj")), output: projection("out_proj"),
          rotary: Rotary(
            dimensions: turning, layout: .interleaved,
            frequencies: .fixed(.plain(base: 10_000, dimensions: turning))),
          scale: 1 / Double(sizes.headDimension).squareRoot()),
        mlpInputNorm: norm,
        mlp: MLPDescription(
          gate: nil,
          up: Projection(Linear("\(module).mlp.fc_in", inputs: hidden, outputs: inner, hasBias: true)),
          down: Linear("\(module).mlp.fc_out", inputs: inner, outputs: hidden, hasBias: true),
          activation: activation),
        isParallel: true)
    }
    return ModelDescription(
      family: "gptj", vocabularySize: sizes.vocabulary, hiddenSize: hidden,
      embedding: EmbeddingDescription(
        tokens: Embedding("transformer.wte", rows: sizes.vocabulary, columns: hidden)),
      layers: layers, finalNorm: norm("transformer.ln_f"),
      head: HeadDescription(
        linear: Linear("lm_head", inputs: hidden, outputs: sizes.vocabulary, hasBias: true),
        isTied: try config.flag("tie_word_embeddings", default: false)),
      configuredPositions: sizes.positions)
  }
}
