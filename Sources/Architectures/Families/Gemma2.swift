import StrictJSON

/// Gemma 2 (`transformers.models.gemma2`): norms before and after both halves, soft caps, alternating windows.
enum Gemma2 {
  static let family = Family(["gemma2"]) { config throws(JSONMemberError) in
    let sizes = try Gemma.sizes(config, vocabulary: 256_000, positions: 8192)
    let window = try config.optionalSize("sliding_window", default: 4096)
    let windows = try config.windows(layers: sizes.layers, window: window) { $0 % 2 == 0 }
    let rotary = try RotarySettings(config, sizes).rotary()
    let softCap = try config.optionalPositive("attn_logit_softcapping", default: 50)
    var model = try Gemma.describe(config, family: "gemma2", sizes: sizes, finalSoftCap: 30) { index in
      Gemma.Layer(rotary: rotary, window: windows[index])
    }
    for index in model.layers.indices { model.layers[index].attention.softCap = softCap }
    return model
  }
}
