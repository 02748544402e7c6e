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
    let types = try layerTypes(layers, of: ["full_attention", "sliding_attention"]) {
      isSliding($0) ? "sliding_attention" : "full_attention"
    }
    var windows: [Int?] = []
    for (index, type) in types.enumerated() {
      if type == "sliding_attention", window == nil {
        throw error("layer_types", "layer \(index) is sliding_attention, but no sliding_window is in use")
      }
      windows.append(type == "sliding_attention" ? window : nil)
    }
    return windows
  }

  /// The kind of each layer by `layer_types`, or by a rule where that member is absent or null.
  /// - Throws: ``JSONMemberError`` when a layer is of another kind than the two that there are.
  func layerTypes(
    _ layers: Int, of kinds: [String], otherwise rule: (Int) -> String
  ) throws(JSONMemberError) -> [String] {
    guard let types = try optionalStrings("layer_types") else { return (0..<layers).map(rule) }
    guard types.count == layers else { throw error("layer_types", "\(types.count) entries for \(layers) layers") }
    for (index, type) in types.enumerated() where !kinds.contains(where: type.isSpelled) {
      throw error(
        "layer_types", "layer \(index) is \"\(type)\"; only \(kinds.joined(separator: " and ")) layers are supported")
    }
    return types
  }
}
