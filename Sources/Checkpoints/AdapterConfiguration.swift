import StrictJSON

/// adapter_config.json of a LoRA (PEFT 0.21). Every key is handled, known to change nothing, or refused by name.
struct AdapterConfiguration: Sendable {
  /// What is saved of the base's biases.
  enum BiasMode: String { case none, all, loraOnly = "lora_only" }
  /// How the adapter's start was folded into the base.
  enum Initialization { case plain, pissa, olora }

  let reader: JSONReader
  let rank: Int
  let alpha: Double
  let usesRankStabilization: Bool
  let usesDoRA: Bool
  let hasLoRABias: Bool
  let biasMode: BiasMode
  let modulesToSave: [String]
  let initialization: Initialization
  let invocationTokens: [Int]?
  let selection: ModuleSelection
  private let rankPattern: [(pattern: ModulePattern, rank: Int)]
  private let alphaPattern: [(pattern: ModulePattern, alpha: Double)]

  /// Reads and checks all keys.
  init(_ reader: JSONReader) throws(CheckpointError) {
    self.reader = reader
    try Self.checkKeys(reader)
    (rank, alpha, usesRankStabilization, usesDoRA) = try readingConfiguration { () throws(JSONMemberError) in
      (
        reader["r"] == nil ? 8 : try reader.integer("r", in: 1...65_536), try reader.optionalNumber("lora_alpha") ?? 8,
        try reader.optionalBoolean("use_rslora") ?? false, try reader.optionalBoolean("use_dora") ?? false
      )
    }
    (hasLoRABias, biasMode, modulesToSave, initialization) = try readingConfiguration {
      () throws(JSONMemberError) in
      (
        try reader.optionalBoolean("lora_bias") ?? false, try Self.biasMode(reader),
        try reader.optionalStrings("modules_to_save") ?? [], try Self.initialization(reader)
      )
    }
    invocationTokens = try readingConfiguration { () throws(JSONMemberError) in
      let tokens = try reader.optionalIntegers("alora_invocation_tokens")
      if let tokens, tokens.isEmpty { throw reader.error("alora_invocation_tokens", "an empty list can never occur") }
      return tokens
    }
    if usesDoRA, invocationTokens != nil {
      throw .configuration(
        reader.error("use_dora", "a DoRA cannot be an Activated LoRA (alora_invocation_tokens); PEFT refuses it too"))
    }
    selection = try readingConfiguration { () throws(JSONMemberError) in try ModuleSelection(reader) }
    rankPattern = try readingConfiguration { () throws(JSONMemberError) in
      try Self.pattern("rank_pattern", reader) { $0 as? Int }.map { ($0, $1) }
    }
    alphaPattern = try readingConfiguration { () throws(JSONMemberError) in
      try Self.pattern("alpha_pattern", reader) { ($0 as? Int).map(Double.init) ?? $0 as? Double }.map { ($0, $1) }
    }
  }

  /// r of a module: the first pattern that matches, in file order, else the default.
  func rank(of module: String) -> Int { rankPattern.first { $0.pattern.matchesEnd(of: module) }?.rank ?? rank }

  /// s of a module: α/r, or α/√r when rank-stabilised.
  func scale(of module: String) -> Double {
    let alpha = alphaPattern.first { $0.pattern.matchesEnd(of: module) }?.alpha ?? alpha
    let rank = Double(rank(of: module))
    return usesRankStabilization ? alpha / rank.squareRoot() : alpha / rank
  }

  private static func pattern<T>(
    _ name: String, _ reader: JSONReader, _ convert: (Any) -> T?
  ) throws(JSONMemberError) -> [(ModulePattern, T)] {
    var result: [(ModulePattern, T)] = []
    guard let object = try reader.optionalObject(name) else { return result }
    for (key, value) in object.object.members {
      let plain: Any? =
        switch value {
        case .integer(let integer): integer
        case .number(let number): number
        default: nil
        }
      guard let plain, let converted = convert(plain) else {
        throw object.error(key, "a number is expected, \(value.kind) was found")
      }
      result.append((try ModulePattern(key, object, key), converted))
    }
    return result
  }

  private static func biasMode(_ reader: JSONReader) throws(JSONMemberError) -> BiasMode {
    let text = try reader.optionalString("bias") ?? "none"
    guard let mode = BiasMode(rawValue: text) else {
      throw reader.error("bias", "\"\(text)\" is not one of none, all, lora_only")
    }
    return mode
  }

  private static func initialization(_ reader: JSONReader) throws(JSONMemberError) -> Initialization {
    switch reader["init_lora_weights"] {
    case nil, .boolean: return .plain
    case .string(let name) where ["gaussian", "eva", "orthogonal", "mica"].contains(name): return .plain
    case .string("pissa"): return .pissa
    case .string("olora"): return .olora
    default:
      throw reader.error(
        "init_lora_weights",
        """
        this initialisation changes the base's weights in a way that cannot be recomputed; convert the adapter to a \
        plain LoRA when saving it (path_initial_model_for_weight_conversion), which sets this key to true
        """)
    }
  }
}

extension AdapterConfiguration {
  private static let handled: Set<String> = [
    "peft_type", "r", "lora_alpha", "use_rslora", "rank_pattern", "alpha_pattern", "use_dora", "fan_in_fan_out",
    "lora_bias", "bias", "modules_to_save", "trainable_token_indices", "target_modules", "exclude_modules",
    "layers_to_transform", "layers_pattern", "alora_invocation_tokens", "init_lora_weights",
  ]
  private static let harmless: Set<String> = [
    "qalora_group_size", "megatron_core", "auto_mapping", "velora_config", "eva_config", "corda_config",
    "loftq_config", "lora_ga_config", "lora_dropout", "inference_mode", "base_model_name_or_path", "task_type",
    "revision", "peft_version",
  ]

  private static func checkKeys(_ reader: JSONReader) throws(CheckpointError) {
    let type = try readingConfiguration { () throws(JSONMemberError) in try reader.string("peft_type") }
    guard type == "LORA" else {
      throw .configuration(reader.error("peft_type", "\(type) adapters are not supported; LORA is"))
    }
    for (name, value) in reader.object.members where !handled.contains(name) && !harmless.contains(name) {
      guard !isEmpty(value) else { continue }
      throw .configuration(
        reader.error(name, "this setting may change what the adapter computes and is not supported"))
    }
  }

  private static func isEmpty(_ value: JSONValue) -> Bool {
    switch value {
    case .null, .boolean(false): true
    case .object(let object): object.members.isEmpty
    case .array(let elements): elements.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }
}
