import Architectures
import Safetensors
import StrictJSON

/// The tensors of a PEFT adapter by module and role.
///
/// Module paths are those of the description; ``spelledPath(of:)`` is how the model that was adapted spells them.
struct AdapterTensors: Sendable {
  typealias Role = AdapterTensorName.Role
  typealias Place = AdapterTensorName.Place

  /// Tensors by module, then by role.
  private(set) var modules: [String: [Role: Tensor]] = [:]
  /// Modules that text never reaches, as those of a vision tower and heads beside the model's own; what the adapter changes there
  /// is left out.
  private(set) var outside: Set<String> = []
  /// Modules that no run of the base passes through, though files may hold them.
  private(set) var unused: Set<String> = []
  /// Convolutions whose low-rank parts the library's models pass by.
  private(set) var bypassed: Set<String> = []
  /// Tensors' places, by module, then by role.
  private(set) var places: [String: [Role: Place]] = [:]
  /// The adapter's own name, where the files have it in their names.
  private(set) var ownName: String?
  /// Names that PEFT would not find a module for.
  private(set) var unusualNames: [String] = []
  /// The adapter's own spelling of the paths it names.
  private var spelledPaths: [String: String] = [:]
  /// What the spellings of paths that differ from the description's have in common, by the order of the paths.
  private var examples: [SpellingExample] = []
  /// Modules that PEFT finds under the adapter's spelling.
  private var ownPaths: Set<String> = []
  /// The paths as they stand in the files.
  private var writtenPaths: [String: String] = [:]

  /// Sorts an adapter's tensors.
  /// - Throws: ``CheckpointError`` for a tensor that belongs to no module of the base, and where none belongs to any.
  init(_ folder: TensorFolder, base: Model, configuration: AdapterConfiguration) throws(CheckpointError) {
    ownName = try Self.ownName(folder)
    let paths = AdapterModulePaths(
      base.checkpoint, isOfInnerModel: [nil, .string("FEATURE_EXTRACTION")].contains(configuration.reader["task_type"]))
    let copies = AdapterCopies(folder: folder, base: base, paths: paths, ownName: ownName)
    var strangers: [(tensor: Tensor, path: String)] = []
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) {
      if try copies.holds(name.text, tensor) { continue }
      let parameter = AdapterTensorName(parameter: name.text)
      if let (number, spelling) = paths.number(parameter.path) {
        try add(tensor, parameter, to: number, spelling)
        continue
      }
      guard let parsed = AdapterTensorName(name.text) else {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name.text,
          reason: """
            this kind of adapter tensor is unknown, so it cannot be left out; PEFT's LoRA names are expected, as in \
            base_model.model.<module>.lora_A.weight
            """)
      }
      guard let (module, spelling) = paths.module(parsed.path) else {
        let isWhole = (parsed.role == .weight || parsed.role == .bias) && configuration.saves(parsed.path)
        if paths.isUnused(parsed.path) {
          unused.insert(parsed.path)
        } else if parsed.role != .weight, parsed.role != .bias, paths.isConvolution(parsed.path) {
          bypassed.insert(parsed.path)
        } else if paths.isOutside(parsed.path, isSavedWhole: isWhole) {
          outside.insert(parsed.path)
        } else {
          strangers.append((tensor, parsed.path))
        }
        continue
      }
      try add(tensor, parsed, to: module, spelling)
    }
    examples = Self.examples(spelledPaths)
    try refuse(strangers, folder, base)
    try dropTiedTokens(base)
    if base.isHeadTied, configuration.tying == .saved { try tieSavedHead(base.description) }
  }

  private mutating func add(
    _ tensor: Tensor, _ name: AdapterTensorName, to module: String, _ spelling: AdapterModulePaths.Spelling
  ) throws(CheckpointError) {
    guard tensor.type.isReadable else {
      throw .weights(.unsupportedType(file: tensor.file, tensor: tensor.name, type: tensor.type.rawValue))
    }
    if modules[module, default: [:]].updateValue(tensor, forKey: name.role) != nil {
      throw .unexpectedTensor(
        file: tensor.file, tensor: tensor.name, reason: "the module has a second tensor of that kind")
    }
    // Names that hold the adapter's own are those of a running model, in which a saved copy has its place.
    places[module, default: [:]][name.role] =
      name.place == .copy && name.adapter == ownName && ownName != nil ? .module : name.place
    spelledPaths[module] = spelling == .broken ? module : name.path
    writtenPaths[module] = name.path
    if spelling == .own { ownPaths.insert(module) }
    if spelling != .own || !name.isPlain { unusualNames.append(tensor.name) }
  }

  /// The one name of an adapter in a file's names.
  private static func ownName(_ folder: TensorFolder) throws(CheckpointError) -> String? {
    var owners: [Name: Tensor] = [:]
    for (name, tensor) in folder.tensors {
      if let parsed = AdapterTensorName(name.text), parsed.place != .copy, let own = parsed.adapter {
        owners[Name(own)] = tensor
      }
    }
    guard owners.count > 1, let tensor = owners.values.min(by: { $0.name < $1.name }) else {
      return owners.keys.first?.text
    }
    throw .unexpectedTensor(
      file: tensor.file, tensor: tensor.name,
      reason: """
        the file holds several adapters, \(owners.keys.map(\.text).sorted().listed()); save each in a folder of its own \
        (save_pretrained(folder, selected_adapters=[name]))
        """)
  }

  private func refuse(
    _ strangers: [(tensor: Tensor, path: String)], _ folder: TensorFolder, _ base: Model
  ) throws(CheckpointError) {
    let paths = Set(strangers.map(\.path))
    if modules.isEmpty {
      let first = paths.sorted().first ?? outside.union(bypassed).sorted().first
      let own = base.description.layers.first?.linears.first?.module ?? ""
      throw .nothingApplies(
        file: folder.path, modules: paths.count + outside.count + bypassed.count, first: first, base: own)
    }
    guard let (tensor, path) = strangers.first else { return }
    let others = paths.count > 1 ? " and \(paths.count - 1) of its other modules" : ""
    throw .unexpectedTensor(
      file: tensor.file, tensor: tensor.name,
      reason: "the base has no module \(path)\(others); the adapter was made for another model")
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

  /// A head that `ensure_weight_tying` ties to a saved table has its values, whether the file has them a second time or not.
  private mutating func tieSavedHead(_ description: ModelDescription) throws(CheckpointError) {
    let head = description.head.linear.module
    guard let own = modules[description.embedding.tokens.module]?[.weight] else { return }
    if let copy = modules[head]?[.weight] {
      let isSame = try readingWeights { () throws(SafetensorsError) in
        try own.shape == copy.shape ? own.hasEqualValues(0..<own.count, to: copy) : false
      }
      try requireTied(copy, to: own, isSame)
    }
    modules[head, default: [:]][.weight] = own
    places[head, default: [:]][.weight] = .module
  }

  /// - Throws: ``CheckpointError`` for two tensors that `ensure_weight_tying` makes one and that differ.
  func requireTied(_ copy: Tensor, to own: Tensor, _ isSame: Bool) throws(CheckpointError) {
    guard !isSame else { return }
    throw .unexpectedTensor(
      file: copy.file, tensor: copy.name,
      reason: "it differs from \(own.name), though ensure_weight_tying in adapter_config.json makes the two one")
  }

  /// The spellings under which a configuration may name a module, the adapter's first: one where PEFT finds it.
  func spellings(of module: String) -> [String] {
    let spelled = spelledPath(of: module)
    return ownPaths.contains(module) ? [spelled] : [spelled, writtenPaths[module] ?? module, module]
  }

  /// A module's path as the adapted model spells it: known from the adapter's own tensors, or by their example.
  func spelledPath(of module: String) -> String {
    if let path = spelledPaths[module] { return path }
    for example in examples {
      if let rest = module.rest(after: example.prefix), !example.prefix.isEmpty { return example.spelled + rest }
      if example.prefix.isEmpty, module.begins(with: example.first) { return example.spelled + module }
    }
    return module
  }

  /// How the beginning of a path is spelled.
  private struct SpellingExample: Hashable, Sendable {
    /// In the description, and in the adapter.
    var prefix: String
    var spelled: String
    /// The first component of a path without a prefix, with its dot.
    var first: String
  }

  private static func examples(_ paths: [String: String]) -> [SpellingExample] {
    var seen: Set<SpellingExample> = []
    return paths.sorted { $0.key < $1.key }.compactMap { known, path in
      guard known != path else { return nil }
      let shared = zip(known.utf8.reversed(), path.utf8.reversed()).prefix { $0 == $1 }.count
      let prefix = String(decoding: known.utf8.dropLast(shared), as: UTF8.self)
      let example = SpellingExample(
        prefix: prefix, spelled: String(decoding: path.utf8.dropLast(shared), as: UTF8.self),
        first: prefix.isEmpty ? (known.components.first ?? "") + "." : "")
      return seen.insert(example).inserted ? example : nil
    }
  }
}
