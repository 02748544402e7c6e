import StrictJSON

extension JSONReader {
  /// The window of each layer by `layer_types`, or by `isSliding` where that member is absent or null.
  ///
  /// A window w shows a query itself and the w − 1 keys before it (`sliding_window_overlay` in
  /// `transformers.masking_utils`).
  /// - Throws: ``JSONMemberError`` when a layer is neither full nor sliding, or slides without a window.
  func windows(
    layers: Int, window: Int?, isSliding: (Int) -> Bool
  ) throws(JSONMemberError) -> [Int?] {
    let types = try optionalStrings("layer_types")
    if let types, types.count != layers {
      throw error("layer_types", "\(types.count) entries for \(layers) layers")
    }
    var windows: [Int?] = []
    for index in 0..<layers {
      let type = types?[index] ?? (isSliding(index) ? "sliding_attention" : "full_attention")
      switch type {
      case "full_attention": windows.append(nil)
      case "sliding_attention":
        guard let window else {
          throw error("layer_types", "layer \(index) is sliding_attention, but no sliding_window is in use")
        }
        windows.append(window)
      default:
        throw error(
          "layer_types",
          "layer \(index) is \"\(type)\"; only full_attention and sliding_attention layers are supported")
      }
    }
    return windows
  }
}
