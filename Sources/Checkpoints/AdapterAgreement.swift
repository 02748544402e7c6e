import Architectures
import Safetensors
import StrictJSON

/// Whether an adapter's configuration and its tensors say the same: PEFT skips what is missing and what matches
/// nothing, which gives wrong numbers without a word.
struct AdapterAgreement {
  let configuration: AdapterConfiguration
  let tensors: AdapterTensors
  let base: Model

  var description: ModelDescription { base.description }
  private var head: Linear { description.head.linear }
  private var linears: [Linear] { description.linears + [head] }

  /// Throws the first disagreement.
  func check() throws(CheckpointError) {
    try checkLayers()
    // Where routers or experts are parameters, none of them is a module that could be targeted.
    let parameters = description.mixtureModules.filter { modules in
      !modules.contains { tensors.modules[$0.text]?[.down] != nil }
    }
    for linear in linears where !parameters.contains(where: { $0.contains(Name(linear.module)) }) {
      try checkTarget(linear.module, isInnerLinear: linear != head, adapted: .down)
    }
    for table in description.tables {
      try checkTarget(table.module, isInnerLinear: false, adapted: .embeddingDown)
    }
    for linear in linears { try checkSaved(linear.module, hasBias: linear.hasBias) }
    for norm in description.norms where norm.gainName == "weight" {
      for module in norm.modules { try checkSaved(module, hasBias: norm.hasBias) }
    }
    for table in description.tables { try checkSaved(table.module, hasBias: false) }
    try checkNumbers()
    try checkTrainedTokens()
    if let tokens = configuration.invocationTokens { try checkActivated(by: tokens) }
  }

  /// PEFT ignores layers that do not exist, as long as one does.
  private func checkLayers() throws(CheckpointError) {
    let count = description.layers.count
    guard let layers = configuration.selection?.layers, !layers.contains(where: (0..<count).contains) else { return }
    throw .configuration(
      configuration.reader.error(
        "layers_to_transform",
        "none of the layers \(layers) exists, the base has 0 to \(count - 1); the adapter was made for another model"))
  }

  private func checkTarget(
    _ module: String, isInnerLinear: Bool, adapted role: AdapterTensors.Role
  ) throws(CheckpointError) {
    guard let selection = configuration.selection else { return }
    // A tied head has tensors of its own or the table's; its table is targeted whatever the names say.
    let isTied = base.isHeadTied && configuration.tying == .lowRank
    if isTied, module == head.module { return }
    let isTable = isTied && module == description.embedding.tokens.module
    let path = tensors.spelledPath(of: module)
    let hasTensors = tensors.modules[module]?[role] != nil
    let isTargeted = !hasTensors
    if hasTensors, configuration.targets(parameter: "\(path).weight") { return }
    guard
      tensors.spellings(of: module).allSatisfy({
        (isTable || selection.contains($0, isInnerLinear: isInnerLinear)) == isTargeted
      })
    else { return }
    throw .configuration(
      configuration.reader.error(
        "target_modules",
        isTargeted
          ? "\(path) is targeted, but the adapter has no tensors for it; the files do not belong together"
          : """
          the adapter has tensors for \(path), which target_modules, exclude_modules and layers_to_transform do not \
          select; the files do not belong together
          """))
  }

  /// Whole weights and biases are there where `modules_to_save` and `bias` say, and nowhere else.
  private func checkSaved(_ module: String, hasBias: Bool) throws(CheckpointError) {
    let roles = tensors.modules[module] ?? [:]
    let path = tensors.spelledPath(of: module)
    let isSaved = configuration.saves(tensors.spellings(of: module)) || isTiedToSaved(module)
    try checkPlaces(module, roles, isSaved: isSaved)
    let savesBias =
      switch configuration.biasMode {
      case .none: isSaved
      case .all: true
      case .loraOnly: isSaved || roles[.down] != nil
      }
    if isSaved, roles[.weight] == nil { throw missing("\(path).weight", because: "modules_to_save") }
    if savesBias, hasBias, roles[.bias] == nil {
      throw missing("\(path).bias", because: isSaved ? "modules_to_save" : "bias")
    }
    if !savesBias, let bias = roles[.bias] {
      throw .unexpectedTensor(
        file: bias.file, tensor: bias.name,
        reason: "bias in adapter_config.json is \"\(configuration.biasMode.rawValue)\", which saves no such bias")
    }
    // PEFT saves token tables and heads that were resized or targeted without being asked.
    let isVocabulary = module == head.module || module == description.embedding.tokens.module
    if !isSaved, !isVocabulary, let weight = roles[.weight] {
      throw .unexpectedTensor(
        file: weight.file, tensor: weight.name,
        reason: "modules_to_save in adapter_config.json does not name it")
    }
  }

  /// Whether it is a head that `ensure_weight_tying` ties to a saved table.
  private func isTiedToSaved(_ module: String) -> Bool {
    base.isHeadTied && configuration.tying == .saved && module == head.module
  }

  /// A whole weight stands where PEFT's model has one, else PEFT leaves it out without a word: `X.base_layer.weight` where a
  /// low-rank part wraps X, `X.weight` elsewhere.
  private func checkPlaces(
    _ module: String, _ roles: [AdapterTensors.Role: Tensor], isSaved: Bool
  ) throws(CheckpointError) {
    let isWrapped = !isSaved && (roles[.down] ?? roles[.embeddingDown]) != nil
    for role in [AdapterTensors.Role.weight, .bias] {
      guard let tensor = roles[role], let place = tensors.places[module]?[role] else { continue }
      guard place != (isWrapped ? .wrapped : .module) else { continue }
      throw .unexpectedTensor(
        file: tensor.file, tensor: tensor.name,
        reason: """
          PEFT looks for it under \(tensors.spelledPath(of: module))\(isWrapped ? ".base_layer" : "") and would leave this one \
          out; save the adapter again with the PEFT it was trained with
          """)
    }
  }

  /// Modules with trained tokens have their rows in the file; a tied head may share those of the token table.
  private func checkTrainedTokens() throws(CheckpointError) {
    let input = description.embedding.tokens.module
    if base.isHeadTied, configuration.ensuresWeightTying, tensors.modules[head.module]?[.tokens] != nil,
      tensors.modules[input]?[.tokens] != nil
    {
      throw .configuration(
        configuration.reader.error(
          "trainable_token_indices",
          "its rows of the token table and of the head differ, though ensure_weight_tying makes them one; PEFT refuses it too"
        ))
    }
    let sharesRows = base.isHeadTied && tensors.modules[input]?[.tokens] != nil
    for module in description.tables.map(\.module) + [head.module] {
      let path = tensors.spelledPath(of: module)
      let tokens = configuration.trainableTokens(of: path, isInput: module == input)
      guard tokens != nil, tensors.modules[module]?[.tokens] == nil, module != head.module || !sharesRows else {
        continue
      }
      throw missing("\(path).token_adapter.trainable_tokens_delta", because: "trainable_token_indices")
    }
  }

  /// Activated LoRA exists for linear layers only (PEFT, `Embedding.lora_variants`).
  private func checkActivated(by tokens: [Int]) throws(CheckpointError) {
    if let stray = tokens.first(where: { !(0..<description.vocabularySize).contains($0) }) {
      throw .configuration(
        configuration.reader.error(
          "alora_invocation_tokens",
          """
          token \(stray) is outside the vocabulary of \(description.vocabularySize), so it can never occur; the adapter \
          was made for another model
          """))
    }
    for table in description.tables where tensors.modules[table.module]?[.embeddingDown] != nil {
      throw .configuration(
        configuration.reader.error(
          "alora_invocation_tokens",
          "\(table.module) is a table, which an Activated LoRA cannot adapt; PEFT refuses it too"))
    }
  }

  func missing(_ tensor: String, because key: String) -> CheckpointError {
    .configuration(
      configuration.reader.error(
        key, "it promises the tensor \(tensor), which the adapter lacks; the files do not belong together"))
  }
}
