import Architectures

/// Where an expected shape comes from: the members that are as likely to be wrong as the weights.
public struct ShapeOrigin: Sendable, Equatable, CustomStringConvertible {
  /// Members of the adapter's adapter_config.json.
  public var adapter: [String]
  /// Members of the model's config.json.
  public var model: [String]

  /// "r and rank_pattern of adapter_config.json, hidden_size of config.json".
  public var description: String {
    func part(_ members: [String], _ file: String) -> String? {
      guard let last = members.last else { return nil }
      return (members.count > 1 ? members.dropLast().joined(separator: ", ") + " and " : "") + "\(last) of \(file)"
    }
    return [part(adapter, "adapter_config.json"), part(model, "config.json")].compactMap(\.self).joined(separator: ", ")
  }
}

extension ModelDescription {
  /// The members of config.json that the shapes of a module's tensors follow from.
  func members(behind module: String) -> [String] {
    let isGPT2 = family == "gpt2" || family == "gptj"
    let hidden = isGPT2 ? "n_embd" : "hidden_size"
    if module == embedding.tokens.module || module == head.linear.module { return ["vocab_size", hidden] }
    if module == embedding.positions?.module { return [isGPT2 ? "n_positions" : "max_position_embeddings", hidden] }
    let heads =
      isGPT2
      ? ["n_head"]
      : family == "gpt_neox" ? ["num_attention_heads"] : ["num_attention_heads", "num_key_value_heads", "head_dim"]
    if let inputs = layerInputs {
      if module == inputs.tokens.module {
        return ["vocab_size_per_layer_input", "num_hidden_layers", "hidden_size_per_layer_input"]
      }
      let modules = [inputs.projection.module] + inputs.norm.modules
      if modules.holds(module) { return [hidden, "num_hidden_layers", "hidden_size_per_layer_input"] }
    }
    for layer in layers {
      if let input = layer.input, [input.gate.module, input.projection.module].holds(module) {
        return [hidden, "hidden_size_per_layer_input"]
      }
      let attention = layer.attention
      if let recurrence = layer.recurrence {
        let isOwn = (recurrence.inputs + [recurrence.output]).contains { $0.module == module }
        if isOwn || recurrence.norm?.modules.contains(module) ?? false { return [hidden] + recurrence.members }
      }
      let projections = [attention.query, attention.key, attention.value].map(\.linear) + [attention.output]
      if projections.contains(where: { $0.module == module }) {
        return attention.latent == nil
          ? [hidden] + heads
          : [hidden, "num_attention_heads", "kv_lora_rank", "q_lora_rank", "qk_nope_head_dim", "v_head_dim"]
      }
      if let latent = attention.latent {
        let steps = [latent.query, latent.keyValue].compactMap(\.self)
        if steps.contains(where: { $0.linear.module == module || $0.norm.modules.contains(module) }) {
          return [hidden, "q_lora_rank", "kv_lora_rank", "qk_rope_head_dim"]
        }
      }
      let norms = [attention.queryNorm, attention.keyNorm].compactMap(\.self)
      if norms.contains(where: { $0.modules.contains(module) }) { return heads }
      if layer.mlp?.linears.contains(where: { $0.module == module }) ?? false {
        return [
          hidden, isGPT2 ? "n_inner" : layer.experts == nil ? "intermediate_size" : "shared_expert_intermediate_size",
        ]
      }
      if let experts = layer.experts, experts.linears.contains(where: { $0.module == module }) {
        return [hidden] + experts.members
      }
    }
    return [hidden]
  }
}
