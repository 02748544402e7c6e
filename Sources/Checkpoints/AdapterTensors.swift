import Architectures
import Safetensors
import StrictJSON

/// The tensors of a PEFT adapter by module and role.
///
/// Keys are `base_model.model.<module>.lora_A[.default].weight` and the like; module paths are those of the description,
/// or how the model that was adapted spells them.
struct AdapterTensors: Sendable {
  /// What a tensor is for.
  enum Role: Sendable {
    case down, up, upBias
    case embeddingDown, embeddingUp
    case magnitude
    /// Trained rows of a table.
    case tokens
    /// A whole weight, of `modules_to_save` or in the base's place.
    case weight
    case bias
  }

  /// Tensors by module, then by role.
  private(set) var modules: [String: [Role: Tensor]] = [:]
  /// Where PEFT's model has a whole weight or bias: in the module itself, in the layer that a low-rank part wraps, or in a
  /// copy that PEFT never writes under that name.
  enum Place: Sendable {
    case module, wrapped, copy

    fileprivate init(ending: String) {
      self = ending.begins(with: ".base_layer") ? .wrapped : ending.begins(with: ".modules_to_save") ? .copy : .module
    }
  }

  /// Modules of the base that text never reaches, as those of a vision tower; what the adapter changes there is left out.
  private(set) var outside: Set<String> = []
  /// Tensors' places, by module, then by role.
  private(set) var places: [String: [Role: Place]] = [:]
  /// The adapter's own spelling of the paths it names.
  private var spelledPaths: [String: String] = [:]

  /// Sorts an adapter's tensors.
  /// - Throws: ``CheckpointError`` for a tensor that belongs to no module of the base.
  init(_ folder: TensorFolder, base: Model) throws(CheckpointError) {
    let copies = AdapterCopies(folder: folder, base: base)
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) {
      let name = name.text
      if try copies.holds(name, tensor) { continue }
      guard let (path, role, place) = Self.split(name) else {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name,
          reason: """
            this kind of adapter tensor is unknown, so it cannot be left out; PEFT's LoRA names are expected, as in \
            base_model.model.<module>.lora_A.weight
            """)
      }
      guard let module = Self.module(path, of: base.checkpoint) else {
        if base.checkpoint.holdsOutside(path) {
          outside.insert(path)
          continue
        }
        throw .unexpectedTensor(
          file: tensor.file, tensor: name,
          reason: "the base has no module \(path); the adapter was made for another model")
      }
      guard tensor.type.isReadable else {
        throw .weights(.unsupportedType(file: tensor.file, tensor: name, type: tensor.type.rawValue))
      }
      if modules[module, default: [:]].updateValue(tensor, forKey: role) != nil {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name, reason: "the module has a second tensor of that kind")
      }
      places[module, default: [:]][role] = place
      spelledPaths[module] = path
    }
    try dropTiedTokens(base)
  }

  /// A tied head has the rows of the token table, which PEFT saves a second time where the vocabulary was resized.
  private mutating func dropTiedTokens(_ base: Model) throws(CheckpointError) {
    let (table, head) = (base.description.embedding.tokens.module, base.description.head.linear.module)
    guard base.isHeadTied, let own = modules[table]?[.tokens], let copy = modules[head]?[.tokens],
      own.shape == copy.shape,
      try readingWeights({ () throws(SafetensorsError) in try own.hasEqualValues(0..<own.count, to: copy) })
    else { return }
    modules[head]?[.tokens] = nil
    if modules[head]?.isEmpty == true { modules[head] = nil }
  }

  /// The module of the base that a path of an adapter stands for.
  static func module(_ path: String, of base: Checkpoint) -> String? {
    descriptionSpellings(of: path, base.description).first { base.modules.contains(Name($0)) }
  }

  /// A module's path as the adapted model spells it: known from the adapter's own tensors, or by their example.
  func spelledPath(of module: String) -> String {
    if let path = spelledPaths[module] { return path }
    for (known, path) in spelledPaths.sorted(by: { $0.key < $1.key }) where known != path {
      let shared = zip(known.utf8.reversed(), path.utf8.reversed()).prefix { $0 == $1 }.count
      let prefix = String(decoding: known.utf8.dropLast(shared), as: UTF8.self)
      let spelled = String(decoding: path.utf8.dropLast(shared), as: UTF8.self)
      if !prefix.isEmpty, let rest = module.rest(after: prefix) { return spelled + rest }
      if prefix.isEmpty, module.begins(with: (known.components.first ?? "") + ".") { return spelled + module }
    }
    return module
  }

  private static let endings: [(text: String, role: Role)] = [
    (".lora_A.weight", .down), (".lora_A.default.weight", .down),
    (".lora_B.weight", .up), (".lora_B.default.weight", .up),
    (".lora_B.bias", .upBias), (".lora_B.default.bias", .upBias),
    (".lora_embedding_A", .embeddingDown), (".lora_embedding_A.default", .embeddingDown),
    (".lora_embedding_B", .embeddingUp), (".lora_embedding_B.default", .embeddingUp),
    (".lora_magnitude_vector", .magnitude), (".lora_magnitude_vector.default", .magnitude),
    (".lora_magnitude_vector.weight", .magnitude), (".lora_magnitude_vector.default.weight", .magnitude),
    (".token_adapter.trainable_tokens_delta", .tokens),
    (".token_adapter.trainable_tokens_delta.default", .tokens),
    (".base_layer.weight", .weight), (".base_layer.bias", .bias),
    (".modules_to_save.weight", .weight), (".modules_to_save.default.weight", .weight),
    (".modules_to_save.bias", .bias), (".modules_to_save.default.bias", .bias),
    (".weight", .weight), (".bias", .bias),
  ]

  /// What the names of all tensors begin with.
  static let prefix = "base_model.model."

  private static func split(_ name: String) -> (module: String, role: Role, place: Place)? {
    guard let inner = name.rest(after: prefix), let ending = endings.first(where: { inner.ends(with: $0.text) }),
      let path = inner.rest(before: ending.text), !path.isEmpty
    else { return nil }
    return (path, ending.role, Place(ending: ending.text))
  }

  /// How the description may spell a path of the adapter: as it stands, under an older name, with the prefix of the
  /// inner model, or without what a multimodal model puts around its language model.
  private static func descriptionSpellings(of path: String, _ description: ModelDescription) -> [String] {
    // Prefixes end with a dot, which a module's own path lacks.
    let renamed = description.renamedPrefixes.sorted { $0.key < $1.key }
      .compactMap { prefix, name in "\(path).".rest(after: prefix).flatMap { (name + $0).rest(before: ".") } }
    let stripped = ["language_model.", "model.language_model."].compactMap { path.rest(after: $0) }
    let complete = ([path] + stripped).map { description.innerPrefix + $0 }
    return [path] + renamed + stripped + complete
  }
}
