import StrictJSON

/// Models that also see: their text half alone, which `text_config` describes as a family of its own. Its modules stand
/// under longer names, in files as in adapters; what else is in the files no text passes through.
enum TextHalf {
  static let families = [
    family("gemma3", text: ["gemma3_text"], isTied: true),
    family("gemma4", text: ["gemma4_text"], isTied: true),
    family("mistral3", text: ["mistral", "ministral3"], isTied: true),
    family("qwen3_vl", text: ["qwen3_vl_text"], isTied: false),
    family("qwen3_5", text: ["qwen3_5_text"], isTied: false, opensAlone: true),
    family("qwen2_5_vl", text: ["qwen2_5_vl_text"], isTied: false, mayBeFlat: true),
  ]

  /// A row of the table.
  /// - Parameters:
  ///   - types: Families that the text half may be of, the one of a `text_config` that names none first.
  ///   - isTied: The class's default.
  ///   - opensAlone: Whether the library's class for causal language models is that of the text half.
  ///   - mayBeFlat: Whether files may hold the members of `text_config` beside `model_type`.
  private static func family(
    _ type: String, text types: [String], isTied: Bool, opensAlone: Bool = false, mayBeFlat: Bool = false
  ) -> Family {
    Family([type]) { config throws(JSONMemberError) in
      let inner = try config.optionalObject("text_config")
      guard let text = inner ?? (mayBeFlat ? config : nil) else {
        throw config.error("text_config", "missing; it describes the text half of a \(type) model")
      }
      let named = try inner?.optionalString("model_type") ?? types[0]
      guard types.contains(named), let family = Family.families.first(where: { $0.modelTypes.contains(named) }) else {
        throw text.error(
          "model_type",
          "the text half of a \(type) model is \(types.joined(separator: " or ")), not \"\(named)\"")
      }
      try Unsupported.refuseCommonMembers(text, but: family.ownMembers)
      try inner?.refuse(
        "quantization_config",
        because: "a quantised text half is supported where config.json says so beside text_config")
      var model = try family.describe(text)
      (model.family, model.opensAlone) = (type, opensAlone)
      model.head.isTied = try config.flag("tie_word_embeddings", default: isTied)
      // Files from before transformers 5 may say so in `text_config` alone.
      if mayBeFlat, try text.flag("tie_word_embeddings", default: false) { model.head.isTied = true }
      model.renamedPrefixes = [
        "language_model.model.": "model.", "language_model.lm_head.": "lm_head.",
        "model.language_model.": "model.",
      ]
      return model
    }
  }
}
