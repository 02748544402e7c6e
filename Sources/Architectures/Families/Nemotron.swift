import StrictJSON

/// Nemotron and Minitron (`transformers.models.nemotron`): layer norms with gains stored as g − 1, a squared rectifier
/// without a gate, half of a head turns.
enum Nemotron {
  static let family = Family(["nemotron"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 256_000, hidden: 6144, inner: 24_576, layers: 32, heads: 48, keyValueHeads: nil,
        headDimension: nil, positions: 4096))
    let attentionBias = try config.flag("attention_bias", default: false)
    let mlpBias = try config.flag("mlp_bias", default: false)
    let activation = try config.activation("hidden_act", default: "relu2")
    let epsilon = try config.epsilon("norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(partialFactor: 0.5)).rotary()
    func norm(_ module: String) -> Norm {
      Norm(
        .layer, modules: [module], width: sizes.hidden, epsilon: epsilon, storesGainMinusOne: true, hasBias: true)
    }
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index,
        attention: sizes.attention(
          layer: index, inputBias: attentionBias, outputBias: attentionBias, rotary: rotary),
        mlp: sizes.plainMLP(layer: index, bias: mlpBias, activation: activation), norm: norm)
    }
    return sizes.description(
      family: "nemotron", layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }
}
