import StrictJSON

/// Keys by name: what PEFT 0.21 does with each was measured (docs/verification.md, "Mutated configurations").
extension AdapterConfiguration {
  /// Keys that are read.
  private static let handled: Set<Name> = [
    "peft_type", "r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern", "use_dora", "fan_in_fan_out",
    "lora_bias", "bias", "modules_to_save", "trainable_token_indices", "target_modules", "exclude_modules",
    "layers_to_transform", "layers_pattern", "ensure_weight_tying", "alora_invocation_tokens", "init_lora_weights",
    "task_type", "target_parameters",
  ]

  /// Keys that change nothing that a trained adapter computes, whatever their value: of training, of initialisation, of where
  /// things come from.
  private static let harmless: Set<Name> = [
    "qalora_group_size", "megatron_core", "auto_mapping", "eva_config", "corda_config",
    "loftq_config", "lora_ga_config", "lora_dropout", "inference_mode", "base_model_name_or_path", "revision",
    "peft_version",
  ]

  /// Keys that PEFT reads as switches, so that what is false to Python is off. Of others even `{}` can switch a method on.
  private static let switches: Set<Name> = [
    "megatron_config", "layer_replication", "use_qalora",
  ]

  /// The type, if it is another than LoRA's, and all keys that may change what the adapter computes and are not supported.
  static func refusedKeys(_ reader: JSONReader) -> [JSONMemberError] {
    guard case .string(let type)? = reader["peft_type"] else {
      return [reader.error("peft_type", "a string is expected; this is no adapter that PEFT saved")]
    }
    guard type.isSpelled("LORA") else {
      return [reader.error("peft_type", "\(type) adapters are not supported; LORA is")]
    }
    return reader.object.members.compactMap { text, value in
      let name = Name(text)
      guard !handled.contains(name), !harmless.contains(name), value != .null, value != .boolean(false) else {
        return nil
      }
      if switches.contains(name), isEmpty(value) { return nil }
      return reader.error(
        text, "this setting may change what the adapter computes and is not supported; only null or an absent one is")
    }
  }

  /// Whether a value is false to Python.
  static func isOff(_ value: JSONValue) -> Bool {
    [.null, .boolean(false), .integer(0)].contains(value) || isEmpty(value)
  }

  private static func isEmpty(_ value: JSONValue) -> Bool {
    switch value {
    case .object(let object): object.members.isEmpty
    case .array(let elements): elements.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }
}
