import Foundation
import StrictJSON

/// HunYuan dense (`transformers.models.hunyuan_v1_dense`): Llama with norms on every query and key head *behind* the rotary
/// embedding, whose base an `alpha` stretches.
enum HunYuan {
  static let family = Family(["hunyuan_v1_dense"], describe: describe)

  @Sendable
  private static func describe(_ config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 290_943, hidden: 4096, inner: 11_008, layers: 32, heads: 32, keyValueHeads: nil,
        headDimension: nil, positions: 2048))
    let bias = try config.flag("attention_bias", default: false)
    let activation = try config.activation("hidden_act", default: "silu")
    let epsilon = try config.epsilon("rms_norm_eps", default: 1e-5)
    let rotary = try rotary(config, sizes)
    let layers = (0..<sizes.layers).map { index in
      var attention = sizes.attention(layer: index, inputBias: bias, outputBias: bias, rotary: rotary)
      sizes.normHeads(
        &attention, layer: index, names: ("query_layernorm", "key_layernorm"), epsilon: epsilon)
      attention.normsAfterRotary = true
      return sizes.preNormLayer(
        index, attention: attention, mlp: sizes.gatedMLP(layer: index, bias: false, activation: activation)
      ) { sizes.norm($0, epsilon: epsilon) }
    }
    return sizes.description(
      family: "hunyuan_v1_dense", layers: layers, finalNorm: sizes.norm("model.norm", epsilon: epsilon),
      isTied: try config.flag("tie_word_embeddings", default: false))
  }

  /// With an `alpha` the type says "dynamic", but nothing depends on a prompt's length: the base is θ·α^(d/(d − 2)).
  private static func rotary(_ config: JSONReader, _ sizes: DecoderSizes) throws(JSONMemberError) -> Rotary {
    var settings = try RotarySettings(config, sizes)
    if settings.type == "dynamic", let alpha = try settings.block.optionalNumber("alpha"), alpha != 0 {
      let dimensions = Double(settings.dimensions)
      settings.type = "default"
      settings.base *= pow(alpha, dimensions / (dimensions - 2))
    }
    return try settings.rotary()
  }
}
