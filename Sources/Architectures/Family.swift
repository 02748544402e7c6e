import StrictJSON

/// An architecture: config.json in, description out. Every supported `model_type` is one row of ``families``.
package struct Family: Sendable {
  /// The `model_type` values that mean this family.
  package var modelTypes: [String]
  /// Members that other families have no rule for and that this one reads itself.
  var ownMembers: Set<String> = []
  /// Reads config.json.
  /// - Throws: ``JSONMemberError`` naming the member that is missing, contradictory or not supported.
  package var describe: @Sendable (JSONReader) throws(JSONMemberError) -> ModelDescription

  /// A row of the table.
  package init(
    _ modelTypes: [String], ownMembers: Set<String> = [],
    describe: @escaping @Sendable (JSONReader) throws(JSONMemberError) -> ModelDescription
  ) {
    self.modelTypes = modelTypes
    self.ownMembers = ownMembers
    self.describe = describe
  }
}

extension Family {
  /// The supported architectures.
  package static let families: [Family] =
    [
      Llama.family, Mistral.family, Ministral3.family, Qwen2.family, Qwen2.visionFamily, Qwen3.family,
      Qwen3.visionFamily, SmolLM3.family, SeedOss.family, Arcee.family, Apertus.family, HunYuan.family, Ernie.family,
      Exaone4.family, Gemma1.family, Gemma2.family, Gemma3.textFamily, Gemma4.textFamily, GLM.family, GLM.fourthFamily,
      Phi.family,
      Phi3.family, Olmo.family, Olmo2.family, Olmo3.family, Granite.family, Nemotron.family, Cohere.family,
      Cohere2.family, Starcoder2.family, StableLM.family, GPT2.family, GPTJ.family, GPTNeoX.family, Mixtral.family,
      Qwen2.mixtureFamily, Qwen3.mixtureFamily, Olmoe.family, Granite.mixtureFamily, GLM.mixtureFamily, GPTOSS.family,
      DeepSeek.family, Qwen3Hybrid.textFamily, Qwen3Hybrid.mixtureFamily, LFM2.family,
    ] + TextHalf.families

  /// Describes the model of a config.json.
  /// - Throws: ``JSONMemberError`` when the architecture is not supported, with the reason where it is recognised,
  ///   or when a member is missing, contradictory or not supported.
  package static func describe(config: JSONReader) throws(JSONMemberError) -> ModelDescription {
    let type = try config.string("model_type")
    guard let family = families.first(where: { $0.modelTypes.contains(type) }) else {
      throw config.error("model_type", Unsupported.message(type: type, config: config))
    }
    try Unsupported.refuseCommonMembers(config, but: family.ownMembers)
    return try family.describe(config)
  }
}
