import StrictJSON

/// The rotary embeddings of a family whose full and sliding layers turn differently (Gemma 3, OLMo 3).
///
/// config.json states them in `rope_parameters.full_attention` and `rope_parameters.sliding_attention`; older files
/// scale the full layers alone, in `rope_scaling`.
struct RotaryByKind {
  private var full: Rotary
  private var sliding: Rotary

  /// Reads both; a base is used where the layer kind's own object names none.
  init(
    _ config: JSONReader, _ sizes: DecoderSizes, fullBase: Double, slidingBase: Double
  ) throws(JSONMemberError) {
    let nested = try config.optionalObject("rope_parameters")
    for (name, _) in nested?.object.members ?? []
    where name != "full_attention" && name != "sliding_attention" {
      throw config.error(
        "rope_parameters.\(name)",
        "this family states its rope by layer kind, full_attention and sliding_attention")
    }
    let scaling = try config.optionalObject("rope_scaling")
    if let scaling, scaling["type"] != nil, scaling["rope_type"] == nil {
      throw scaling.error(
        "type", "this family reads rope_type instead, and the library would ignore this member")
    }
    func read(_ kind: String, over: JSONReader?, base: Double) throws(JSONMemberError) -> Rotary {
      let block = config.merged(try nested?.optionalObject(kind), over, path: "rope_parameters.\(kind)")
      if block["truncate"] == .boolean(false) {
        throw block.error("truncate", "the library ignores this member where rope is stated by layer kind")
      }
      return try RotarySettings(block: block, base: base, sizes: sizes).rotary()
    }
    full = try read("full_attention", over: scaling, base: fullBase)
    sliding = try read("sliding_attention", over: nil, base: slidingBase)
  }

  /// The rotary embedding of a layer with or without a window.
  subscript(isSliding isSliding: Bool) -> Rotary { isSliding ? sliding : full }
}

extension JSONReader {
  /// The members of both, `over` winning.
  fileprivate func merged(_ under: JSONReader?, _ over: JSONReader?, path: String) -> JSONReader {
    var object = over?.object ?? JSONObject()
    for (name, value) in under?.object.members ?? [] { _ = object.append(name, value) }
    return JSONReader(file: file, path: over?.path ?? path, object: object)
  }
}
