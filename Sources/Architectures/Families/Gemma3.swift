import StrictJSON

/// Gemma 3 (`transformers.models.gemma3`): Gemma 2 with a norm on every query and key head instead of the soft caps,
/// and a rotary embedding of its own for the layers with a window.
///
/// `attn_logit_softcapping` is read by the class but by no computation of this family.
enum Gemma3 {
  static let textFamily = Family(["gemma3_text"]) { config throws(JSONMemberError) in
    let sizes = try Gemma.sizes(config, vocabulary: 262_208, positions: 131_072)
    let window = try config.optionalSize("sliding_window", default: 4096)
    let pattern = try config.count("sliding_window_pattern", default: 6)
    let windows = try config.windows(layers: sizes.layers, window: window) { ($0 + 1) % pattern != 0 }
    let rotary = try RotaryByKind(
      config, sizes, fullBase: config.positive("rope_theta", default: 1_000_000),
      slidingBase: config.positive("rope_local_base_freq", default: 10_000))
    var model = try Gemma.describe(config, family: "gemma3_text", sizes: sizes, finalSoftCap: nil) { index in
      Gemma.Layer(rotary: rotary[isSliding: windows[index] != nil], window: windows[index])
    }
    for index in model.layers.indices {
      func norm(_ name: String) -> Norm {
        Norm(
          .rootMeanSquare, modules: ["\(DecoderSizes.layer(index)).self_attn.\(name)"],
          width: sizes.headDimension, epsilon: model.finalNorm.epsilon, storesGainMinusOne: true)
      }
      model.layers[index].attention.queryNorm = norm("q_norm")
      model.layers[index].attention.keyNorm = norm("k_norm")
    }
    return model
  }
}
