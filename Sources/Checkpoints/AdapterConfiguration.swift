import StrictJSON

/// adapter_config.json of a LoRA (PEFT 0.21, `LoraConfig`). Every key is handled, known to change nothing, or refused by
/// name.
struct AdapterConfiguration: Sendable {
  /// Which of the base's biases the adapter replaces.
  enum BiasMode: String { case none, all, loraOnly = "lora_only" }
  /// How the adapter's start was folded into the base.
  enum Initialization { case plain, pissa, olora }

  let reader: JSONReader
  private(set) var rank = 8
  private(set) var alpha = 8.0
  private(set) var usesRankStabilization = false
  private(set) var usesDoRA = false
  private(set) var hasLoRABias = false
  private(set) var ensuresWeightTying = false
  private(set) var biasMode = BiasMode.none
  private(set) var modulesToSave: [String] = []
  private(set) var initialization = Initialization.plain
  private(set) var invocationTokens: [Int]?
  private(set) var trainableTokens = TrainableTokens.none
  private(set) var selection: ModuleSelection?
  /// Names of `target_parameters`: ends of the paths of parameters that are no module's `weight`, as all experts of a layer.
  private(set) var targetParameters: [String] = []
  private var rankPattern: [(pattern: ModulePattern, value: Int)] = []
  private var alphaPattern: [(pattern: ModulePattern, value: Double)] = []

  /// Rows of tables that were trained: those of the input table, or those of the named modules.
  enum TrainableTokens: Sendable {
    case none
    case ofInput([Int])
    case byModule([(name: String, tokens: [Int])])
  }

  /// Reads and checks all keys.
  /// - Throws: The first problem.
  init(_ reader: JSONReader) throws(CheckpointError) {
    var problems: [JSONMemberError] = []
    self.init(reader, problems: &problems)
    if let first = problems.first { throw .configuration(first) }
  }

  /// Reads what can be read and collects what is wrong or not supported.
  init(_ reader: JSONReader, problems: inout [JSONMemberError]) {
    self.reader = reader
    problems += Self.refusedKeys(reader)
    var patterns = ModulePattern.Reader(reader)
    func attempt(_ read: (inout AdapterConfiguration) throws(JSONMemberError) -> Void) {
      do throws(JSONMemberError) { try read(&self) } catch { problems.append(error) }
    }
    attempt { own throws(JSONMemberError) in
      try Self.refuseNull("r", reader)
      own.rank = reader["r"] == nil ? 8 : try reader.integer("r", in: 1...65_536)
    }
    attempt { own throws(JSONMemberError) in
      try Self.refuseNull("lora_alpha", reader)
      own.alpha = try reader.optionalNumber("lora_alpha") ?? 8
    }
    attempt { own throws(JSONMemberError) in
      own.usesRankStabilization = try reader.optionalBoolean("use_rslora") ?? false
    }
    attempt { own throws(JSONMemberError) in own.usesDoRA = try reader.optionalBoolean("use_dora") ?? false }
    attempt { own throws(JSONMemberError) in own.hasLoRABias = try reader.optionalBoolean("lora_bias") ?? false }
    attempt { own throws(JSONMemberError) in
      own.ensuresWeightTying = try reader.optionalBoolean("ensure_weight_tying") ?? false
    }
    attempt { own throws(JSONMemberError) in own.biasMode = try Self.biasMode(reader) }
    attempt { own throws(JSONMemberError) in
      own.modulesToSave = try reader.optionalStrings("modules_to_save") ?? []
    }
    attempt { own throws(JSONMemberError) in own.initialization = try Self.initialization(reader) }
    attempt { own throws(JSONMemberError) in own.invocationTokens = try Self.invocationTokens(reader) }
    attempt { own throws(JSONMemberError) in own.trainableTokens = try Self.trainableTokens(reader) }
    attempt { own throws(JSONMemberError) in
      // PEFT asks whether it is true to Python.
      let value = reader["target_parameters"] ?? .null
      own.targetParameters = Self.isOff(value) ? [] : try reader.optionalStrings("target_parameters") ?? []
    }
    attempt { own throws(JSONMemberError) in own.selection = try ModuleSelection(reader, &patterns) }
    attempt { own throws(JSONMemberError) in _ = try reader.optionalBoolean("fan_in_fan_out") }
    attempt { own throws(JSONMemberError) in
      own.rankPattern = try Self.pattern("rank_pattern", reader, &patterns) { value in
        if case .integer(let rank) = value, (1...65_536).contains(rank) { rank } else { nil }
      }
    }
    attempt { own throws(JSONMemberError) in
      own.alphaPattern = try Self.pattern("alpha_pattern", reader, &patterns) { value in
        switch value {
        case .integer(let alpha): Double(alpha)
        case .number(let alpha): alpha
        default: nil
        }
      }
    }
    problems += contradictions
  }

  /// r of a module: the first pattern that matches, in file order, else the default. Of several spellings the first that any
  /// matches counts.
  func rank(of spellings: [String]) -> Int { Self.value(rankPattern, spellings) ?? rank }

  /// s of a module: α/r, or α/√r when rank-stabilised.
  func scale(of spellings: [String]) -> Double {
    scale(alpha: Self.value(alphaPattern, spellings) ?? alpha, rank: rank(of: spellings))
  }

  private static func value<Value>(
    _ patterns: [(pattern: ModulePattern, value: Value)], _ spellings: [String]
  ) -> Value? {
    spellings.lazy.compactMap { path in patterns.first { $0.pattern.matches(path) }?.value }.first
  }

  /// s of the default rank and alpha.
  var defaultScale: Double { scale(alpha: alpha, rank: rank) }

  private func scale(alpha: Double, rank: Int) -> Double {
    usesRankStabilization ? alpha / Double(rank).squareRoot() : alpha / Double(rank)
  }

  /// Whether a module is one of `modules_to_save` or lies within one (PEFT, `_set_trainable`, which compares ends of
  /// paths and not components: "norm" is "input_layernorm" too).
  func saves(_ spellings: [String]) -> Bool { spellings.contains(where: saves) }

  func saves(_ module: String) -> Bool {
    let parts = module.components
    return parts.indices.contains { index in
      let path = parts[...index].joined(separator: ".")
      return modulesToSave.contains { path.ends(with: $0) }
    }
  }

  /// Whether `target_parameters` names a parameter (PEFT, `BaseTuner._inject_parameters`).
  func targets(parameter: String) -> Bool {
    targetParameters.contains { parameter.isSpelled($0) || parameter.ends(with: ".\($0)") }
  }

  /// What `ensure_weight_tying` ties to the token table's change, in a base whose head is tied.
  enum Tying { case nothing, saved, lowRank }

  /// PEFT ties what is saved if that names one of the two, else what is targeted (`BaseTuner._check_tied_modules`). It knows them
  /// by two names alone, and does nothing for models that call them otherwise.
  var tying: Tying {
    guard ensuresWeightTying else { return .nothing }
    let names = ["embed_tokens", "lm_head"]
    if modulesToSave.contains(where: { names.holds($0.components.last ?? "") }) { return .saved }
    return selection?.names(anyOf: names) == true ? .lowRank : .nothing
  }

  /// Combinations that PEFT refuses or that would not mean what they say.
  private var contradictions: [JSONMemberError] {
    var result: [JSONMemberError] = []
    if usesDoRA, invocationTokens != nil {
      result.append(
        reader.error(
          "use_dora", "a DoRA cannot be an Activated LoRA (alora_invocation_tokens); PEFT refuses it too"))
    }
    if !targetParameters.isEmpty, usesDoRA || hasLoRABias || initialization != .plain || invocationTokens != nil {
      result.append(
        reader.error(
          "target_parameters",
          """
          what adapts parameters is a plain low-rank part, which cannot stand beside use_dora, lora_bias, \
          alora_invocation_tokens or an init_lora_weights that takes a part out of the base
          """))
    }
    if invocationTokens != nil, reader["task_type"] != .string("CAUSAL_LM") {
      result.append(
        reader.error(
          "task_type",
          """
          an Activated LoRA (alora_invocation_tokens) needs "CAUSAL_LM": with any other value PEFT never switches it on, so \
          it computes the base model; write it if the adapter was trained with it
          """))
    }
    if usesDoRA, hasLoRABias {
      result.append(reader.error("lora_bias", "it cannot be combined with use_dora; PEFT refuses it too"))
    }
    if hasLoRABias, initialization != .plain {
      result.append(reader.error("lora_bias", "it cannot be combined with init_lora_weights; PEFT refuses it too"))
    }
    return result
  }
}

/// Members with a form of their own.
extension AdapterConfiguration {
  /// Refuses a null for which PEFT has no meaning, while an absent member has a default.
  private static func refuseNull(_ name: String, _ reader: JSONReader) throws(JSONMemberError) {
    guard reader.object[name] == .null else { return }
    throw reader.error(name, "a number is expected, null was found; PEFT refuses it too")
  }

  private static func pattern<T>(
    _ name: String, _ reader: JSONReader, _ patterns: inout ModulePattern.Reader, _ convert: (JSONValue) -> T?
  ) throws(JSONMemberError) -> [(pattern: ModulePattern, value: T)] {
    var result: [(pattern: ModulePattern, value: T)] = []
    guard let object = try reader.optionalObject(name) else { return result }
    for (key, value) in object.object.members {
      guard let converted = convert(value) else {
        throw object.error(key, "a positive number of the right kind is expected, \(value.kind) was found")
      }
      result.append((try patterns.ending(key, name), converted))
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
    case let value:
      let name = if case .string(let text)? = value { "\"\(text)\"" } else { value?.kind ?? "" }
      throw reader.error(
        "init_lora_weights",
        """
        \(name) is an initialisation that changes the base's weights in a way that cannot be recomputed; convert the \
        adapter to a plain LoRA when saving it (path_initial_model_for_weight_conversion), which sets this key to true
        """)
    }
  }

  private static func invocationTokens(_ reader: JSONReader) throws(JSONMemberError) -> [Int]? {
    let tokens = try reader.optionalIntegers("alora_invocation_tokens")
    if let tokens, tokens.isEmpty {
      throw reader.error("alora_invocation_tokens", "an empty list can never occur; write null for a plain LoRA")
    }
    return tokens
  }

  private static func trainableTokens(_ reader: JSONReader) throws(JSONMemberError) -> TrainableTokens {
    func checked(_ tokens: [Int], _ reader: JSONReader, _ name: String) throws(JSONMemberError) -> [Int] {
      guard Set(tokens).count == tokens.count else { throw reader.error(name, "a token stands twice") }
      return tokens
    }
    let name = "trainable_token_indices"
    guard case .object = reader[name], let byModule = try reader.optionalObject(name) else {
      let tokens = try reader.optionalIntegers(name) ?? []
      return tokens.isEmpty ? .none : .ofInput(try checked(tokens, reader, name))
    }
    var result: [(name: String, tokens: [Int])] = []
    for (module, _) in byModule.object.members {
      result.append((module, try checked(try byModule.optionalIntegers(module) ?? [], byModule, module)))
    }
    return .byModule(result.filter { !$0.tokens.isEmpty })
  }
}
