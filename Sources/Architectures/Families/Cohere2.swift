import StrictJSON

/// Command R7B and Command A (`transformers.models.cohere2`): Command R with windows; the layers without one do not turn.
enum Cohere2 {
  static let family = Family(["cohere2"]) { config throws(JSONMemberError) in
    let sizes = try Cohere.sizes(config)
    let window = try config.optionalSize("sliding_window", default: 4096)
    let pattern = try config.count("sliding_window_pattern", default: 4)
    let windows = try config.windows(layers: sizes.layers, window: window) { ($0 + 1) % pattern != 0 }
    let rotary = try RotarySettings(config, sizes).rotary(layout: .interleaved)
    return try Cohere.describe(config, family: "cohere2", sizes: sizes) { index in
      (windows[index] == nil ? nil : rotary, windows[index])
    }
  }
}
