import StrictJSON

/// OLMo 3 (`transformers.models.olmo3`): OLMo 2 with a window in three layers of four, and rope scaling in the fourth.
enum Olmo3 {
  static let family = Family(["olmo3"]) { config throws(JSONMemberError) in
    let sizes = try Olmo2.sizes(config)
    let window = try config.optionalSize("sliding_window", default: 4096)
    let windows = try config.windows(layers: sizes.layers, window: window) { ($0 + 1) % 4 != 0 }
    // A `rope_theta` beside the scaling reaches the full layers only.
    let rotary = try RotaryByKind(
      config, sizes, fullBase: config.positive("rope_theta", default: 500_000), slidingBase: 500_000)
    return try Olmo2.describe(config, family: "olmo3", sizes: sizes) { index in
      (rotary[isSliding: windows[index] != nil], windows[index])
    }
  }
}
