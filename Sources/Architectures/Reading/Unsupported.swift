import StrictJSON

/// What no description covers, and how a config.json shows it.
enum Unsupported {
  /// Members that mark a whole kind of architecture.
  private static let marks: [(members: [String], reason: String)] = [
    (
      [
        "num_local_experts", "num_experts", "n_routed_experts", "num_experts_per_tok",
        "moe_intermediate_size",
        "moe_num_experts", "ffn_config",
      ], "it has mixture-of-experts layers"
    ),
    (["kv_lora_rank", "q_lora_rank"], "it has latent-attention (MLA) layers"),
    (
      [
        "linear_num_key_heads", "mamba_d_state", "mamba_n_heads", "mamba_num_heads", "ssm_cfg", "state_size",
        "lru_width", "attention_hidden_size", "conv_L_cache", "linear_attn_config",
      ], "it has linear-attention, state-space or convolution layers"
    ),
  ]

  /// Types whose config.json has no such member.
  private static let reasons: [(types: [String], reason: String)] = [
    (
      [
        "bert", "roberta", "xlm-roberta", "distilbert", "albert", "electra", "deberta", "deberta-v2",
        "modernbert",
        "camembert", "mpnet", "nomic_bert",
      ], "it is an encoder; only causal decoders have the attention that is analysed here"
    ),
    (
      ["t5", "mt5", "umt5", "bart", "mbart", "pegasus", "marian", "m2m_100", "whisper", "t5gemma"],
      "it is an encoder-decoder"
    ),
    (["clip", "vit", "siglip", "dinov2"], "it is an image encoder"),
  ]

  /// Why a model type is refused, and what is supported instead.
  static func message(type: String, config: JSONReader) -> String {
    var found = reasons.filter { $0.types.contains(type) }.map(\.reason)
    if found.isEmpty {
      found = marks.filter { $0.members.contains { config[$0] != nil } }.map(\.reason)
      if config["is_encoder_decoder"] == .boolean(true) { found.append("it is an encoder-decoder") }
    }
    let because = found.isEmpty ? "" : " because " + found.joined(separator: " and ")
    let supported = Family.families.flatMap(\.modelTypes).joined(separator: ", ")
    return "the architecture \"\(type)\" is not supported\(because). Supported are \(supported)"
  }

  /// Refuses members that change the mathematics of any family.
  /// - Parameter own: Members that the family reads itself.
  static func refuseCommonMembers(_ config: JSONReader, but own: Set<String> = []) throws(JSONMemberError) {
    try config.refuse("is_encoder_decoder", because: "encoder-decoders are not supported")
    try config.refuse("add_cross_attention", because: "cross-attention is not supported")
    // transformers asks whether it is true to Python, so null is false.
    guard config.isAbsent("is_causal") || config["is_causal"] == .boolean(true) else {
      throw config.error("is_causal", "attention to later tokens is not supported; only true is")
    }
    for (name, reason) in [
      ("use_bidirectional_attention", "attention to later tokens is not supported"),
      ("per_layer_config", "layers with configurations of their own are not supported"),
    ] where !own.contains(name) { try config.refuse(name, because: reason) }
    if case .object(let heads)? = config["pruned_heads"], !heads.members.isEmpty {
      throw config.error("pruned_heads", "pruned heads are not supported")
    }
  }
}
