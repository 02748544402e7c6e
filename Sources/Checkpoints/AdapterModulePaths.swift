import Architectures
import StrictJSON

/// Which module of a base a path of an adapter stands for.
///
/// Libraries spell one module in several ways: inside a model that also sees (`model.language_model.layers…`), of an inner model
/// that was adapted alone (`layers…`), under an older name. Those PEFT knows; files that other tools wrote lack a prefix or have
/// it twice, and are matched by what stands behind it.
struct AdapterModulePaths: Sendable {
  private let description: ModelDescription
  private let isOfInnerModel: Bool
  private let modules: Set<Name>
  private let holdsOutside: @Sendable (String) -> Bool
  /// Modules by the part behind the prefix.
  private let byCore: [Name: String]
  /// The same parts of modules that no run passes through.
  private let unused: Set<Name>
  /// Names of tensors that are parameters of a module beside its layers.
  private let numbers: Set<Name>
  /// The same parts of convolutions.
  private let convolutions: Set<Name>

  /// - Parameter isOfInnerModel: Whether the adapter may have been trained on the inner model alone, which has no prefix.
  init(_ base: Checkpoint, isOfInnerModel: Bool) {
    self.isOfInnerModel = isOfInnerModel
    description = base.description
    numbers = Set(base.description.adaptableNumbers.map { Name($0) })
    modules = base.modules.union(base.description.expertWrappers).union(numbers)
    holdsOutside = { base.holdsOutside($0) }
    let prefix = description.innerPrefix
    convolutions = Set(
      description.recurrences.map(\.convolution.module).map { Name($0.rest(after: prefix) ?? $0) })
    unused = Set(description.unusedModules.map { Name($0.rest(after: prefix) ?? $0) })
    byCore = Dictionary(
      modules.map { (Name($0.text.rest(after: prefix) ?? $0.text), $0.text) }, uniquingKeysWith: { one, _ in one })
  }

  /// How a path relates to the name under which PEFT knows the module.
  enum Spelling {
    /// PEFT finds the module under it.
    case own
    /// That of another library or of the model around or within the base's; PEFT does not find it here.
    case related
    /// Found by what stands behind the prefix.
    case broken
  }

  /// The module, and how it is spelled.
  func module(_ path: String) -> (name: String, spelling: Spelling)? {
    if let usual = usualSpellings(of: path).first(where: { modules.contains(Name($0)) }) {
      return (usual, isOwn(path, of: usual) ? .own : .related)
    }
    let inner = description.innerPrefix.components.first ?? ""
    let core = core(path, inner)
    return (byCore[Name(core)] ?? renamed(core).flatMap { byCore[Name($0)] }).map { ($0, .broken) }
  }

  /// The tensor, where a name is that of a parameter beside a module's layers.
  func number(_ name: String) -> (name: String, spelling: Spelling)? {
    module(name).flatMap { numbers.contains(Name($0.name)) ? $0 : nil }
  }

  /// Whether a path names a recurrence's convolution.
  func isConvolution(_ path: String) -> Bool {
    convolutions.contains(Name(core(path, description.innerPrefix.components.first ?? "")))
  }

  /// What stands behind all prefixes.
  private func core(_ path: String, _ inner: String) -> String {
    path.components.drop { $0.isSpelled(inner) || Self.outerModels.holds($0) }.joined(separator: ".")
  }

  /// Whether a path names a module that no run of the base passes through.
  func isUnused(_ path: String) -> Bool {
    unused.contains(Name(core(path, description.innerPrefix.components.first ?? "")))
  }

  private func isOwn(_ path: String, of module: String) -> Bool {
    if module == description.head.linear.module { return true }
    let around = description.renamedPrefixes.keys.filter {
      $0.ends(with: "language_model.") || $0.ends(with: "language_model.model.")
    }
    if around.contains(where: path.begins) { return true }
    if !around.isEmpty, !description.opensAlone { return false }
    return path.isSpelled(module) || renamed(path) != nil
      || isOfInnerModel && module.isSpelled(description.innerPrefix + path)
  }

  /// Names under which models hold the language model that is described here.
  private static let outerModels = [
    "base_model", "pretrained_model", "model", "language_model", "text_model", "llm", "thinker",
  ]

  /// Whether a component stands around the language model, and is none of its modules.
  static func isAround(_ component: String) -> Bool {
    outerModels.holds(component) || AdapterTensorName.wrappers.holds(component)
  }

  /// How the description may spell a path of the adapter: as it stands, under an older name, with the prefix of the
  /// inner model, or without what a multimodal model puts around its language model.
  private func usualSpellings(of path: String) -> [String] {
    let stripped = ["language_model.", "model.language_model."].compactMap { path.rest(after: $0) }
    let complete = ([path] + stripped).map { description.innerPrefix + $0 }
    return [path] + [renamed(path)].compactMap(\.self) + stripped + complete
  }

  /// A path under the description's name for an older prefix of it.
  private func renamed(_ path: String) -> String? {
    let own = description.renamedComponents.reduce(path) { $0.replacing($1.stored, by: $1.own) ?? $0 }
    if own != path, modules.contains(Name(own)) || byCore[Name(own)] != nil { return own }
    // Prefixes end with a dot, which a module's own path lacks.
    return description.renamedPrefixes.sorted { $0.key < $1.key }.lazy
      .compactMap { prefix, name in "\(path).".rest(after: prefix).flatMap { (name + $0).rest(before: ".") } }
      .first { modules.contains(Name($0)) }
  }
}

/// Modules beside the decoder: attention to text does not pass through them, whatever an adapter changes there.
extension AdapterModulePaths {
  /// Whether a path names one.
  /// - Parameter isSavedWhole: Whether the adapter holds it whole, as `modules_to_save` asks for.
  func isOutside(_ path: String, isSavedWhole: Bool) -> Bool {
    if holdsOutside(path) { return true }
    let inner = description.innerPrefix.components.first ?? ""
    let parts = Array(path.components.drop { $0.isSpelled(inner) || Self.outerModels.holds($0) })
    guard let first = parts.first else { return false }
    // What is numbered before it is named lies within a stack of layers.
    let leading = parts.prefix { Int($0) == nil }.prefix(3)
    if leading.contains(where: Self.isOfAnotherSense) { return true }
    let isHead = Self.heads.holds(first) || first.ends(with: "_head") || first.ends(with: "_heads")
    return isHead || isSavedWhole && leading.count == parts.count
  }

  /// Heads that libraries put beside or in place of the predictions of tokens.
  private static let heads = [
    "score", "classifier", "qa_outputs", "v_head", "classification_head", "regression_head", "reward_head",
    "value_head",
    "rm_head",
  ]

  /// What names of modules for images and sounds have in them, in any version of any library.
  private static let senses = [
    "vision", "visual", "image", "img_", "video", "audio", "speech", "multi_modal", "multimodal", "mm_projector",
    "connector", "resampler", "perceiver", "patch_merger",
  ]

  private static func isOfAnotherSense(_ component: String) -> Bool {
    senses.contains { sense in
      component.utf8.indices.contains { component.utf8[$0...].starts(with: sense.utf8) }
    }
  }
}
