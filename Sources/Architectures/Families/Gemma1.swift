import StrictJSON

/// Gemma (`transformers.models.gemma`): Llama with gains stored as g − 1 and a factor √hidden on the embedding.
enum Gemma1 {
  static let family = Family(["gemma"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 256_000, hidden: 3072, inner: 24_576, layers: 28, heads: 16, keyValueHeads: 16,
        headDimension: 256, positions: 8192))
    let bias = try config.flag("attention_bias", default: false)
    // "gelu" of the first releases means the approximation.
    let isOld = config["hidden_act"] == .string("gelu")
    let activation = try isOld ? .geluTanh : config.activation("hidden_act", default: "gelu_pytorch_tanh")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-6)
    let rotary = try RotarySettings(config, sizes).rotary()
    func norm(_ module: String) -> Norm {
      Norm(
        .rootMeanSquare, modules: [module], width: sizes.hidden, epsilon: epsilon, storesGainMinusOne: true)
    }
    let layers = (0..<sizes.layers).map { index in
      sizes.preNormLayer(
        index, attention: sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary),
        mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation), norm: norm)
    }
    var model = sizes.description(
      family: "gemma", layers: layers, finalNorm: norm("model.norm"),
      isTied: try config.flag("tie_word_embeddings", default: true))
    model.embedding.scale = Float(Double(sizes.hidden).squareRoot())
    return model
  }
}
