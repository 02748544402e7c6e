import StrictJSON

/// LFM2 (`transformers.models.lfm2`): gated convolutions over three tokens in most layers, and attention with norms on queries and keys in
/// the others.
enum LFM2 {
  static let family = Family(["lfm2"]) { config throws(JSONMemberError) in
    var sizes = try DecoderSizes(
      config,
      defaults: .init(
        vocabulary: 65_536, hidden: 2560, inner: 12_288, layers: 32, heads: 32, keyValueHeads: 8, headDimension: nil,
        positions: 128_000))
    sizes.inner = try inner(config, sizes.inner)
    let epsilon = try config.epsilon("norm_eps", default: 1e-5)
    let rotary = try RotarySettings(config, sizes, defaults: .init(base: 1_000_000)).rotary()
    let attending = try config.optionalIntegers("full_attn_idxs").map(Set.init)
    let attends = try config.layerTypes(sizes.layers, of: ["full_attention", "conv"]) {
      attending?.contains($0) ?? true ? "full_attention" : "conv"
    }.map { $0 == "full_attention" }
    let (kernel, hasBias) = (
      try config.count("conv_L_cache", default: 3), try config.flag("conv_bias", default: false)
    )
    let layers = (0..<sizes.layers).map { index in
      let module = DecoderSizes.layer(index)
      var layer = LayerDescription(
        attentionInputNorm: sizes.norm("\(module).operator_norm", epsilon: epsilon),
        attention: .none(hidden: sizes.hidden), mlpInputNorm: sizes.norm("\(module).ffn_norm", epsilon: epsilon),
        mlp: mlp("\(module).feed_forward", sizes))
      if attends[index] {
        layer.attention = sizes.attention(layer: index, inputBias: false, outputBias: false, rotary: rotary)
        layer.attention.output.module = "\(module).self_attn.out_proj"
        sizes.normHeads(
          &layer.attention, layer: index, names: ("q_layernorm", "k_layernorm"), epsilon: epsilon)
      } else {
        layer.recurrence = .convolution(
          convolution("\(module).conv", hidden: sizes.hidden, kernel: kernel, hasBias: hasBias))
      }
      return layer
    }
    return sizes.description(
      family: "lfm2", layers: layers, finalNorm: sizes.norm("model.embedding_norm", epsilon: epsilon),
      isTied: try config.flag("tie_embedding", default: config.flag("tie_word_embeddings", default: true)))
  }

  /// `block_ff_dim` or `intermediate_size`, two thirds of which are rounded up where `block_auto_adjust_ff_dim` says so.
  private static func inner(_ config: JSONReader, _ size: Int) throws(JSONMemberError) -> Int {
    var inner = try config.size("block_ff_dim", default: size)
    guard try config.flag("block_auto_adjust_ff_dim", default: true) else { return inner }
    inner = Int(2 * Double(inner) / 3)
    if let factor = try config.optionalPositive("block_ffn_dim_multiplier", default: 1) {
      let multiple = try config.size("block_multiple_of", default: 256)
      guard factor <= 64 else { throw config.error("block_ffn_dim_multiplier", "\(factor) is too large to be true") }
      inner = multiple * ((Int(factor * Double(inner)) + multiple - 1) / multiple)
    }
    return max(inner, 1)
  }

  private static func mlp(_ module: String, _ sizes: DecoderSizes) -> MLPDescription {
    func projection(_ name: String) -> Projection {
      Projection(Linear("\(module).\(name)", inputs: sizes.hidden, outputs: sizes.inner))
    }
    return MLPDescription(
      gate: projection("w1"), up: projection("w3"),
      down: Linear("\(module).w2", inputs: sizes.inner, outputs: sizes.hidden), activation: .silu)
  }

  private static func convolution(_ module: String, hidden: Int, kernel: Int, hasBias: Bool) -> ShortConvolution {
    ShortConvolution(
      input: Linear("\(module).in_proj", inputs: hidden, outputs: 3 * hidden, hasBias: hasBias),
      convolution: DepthwiseConvolution("\(module).conv", channels: hidden, kernel: kernel, hasBias: hasBias),
      output: Linear("\(module).out_proj", inputs: hidden, outputs: hidden, hasBias: hasBias))
  }
}
