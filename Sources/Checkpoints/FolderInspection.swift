import Architectures
import Files
import Foundation
import Safetensors
import StrictJSON

/// What a folder is, for people: a model or an adapter, its sizes, and what of it is not supported. Problems are
/// collected, so that a user sees all of them at once.
public struct FolderInspection: Sendable, Equatable {
  /// "model" or "adapter".
  public private(set) var kind: String
  /// Facts as name and value, in a fixed order.
  public private(set) var facts: [(name: String, value: String)] = []
  /// The tokens at which an Activated LoRA begins to act.
  public private(set) var invocationTokens: [Int]?
  /// The base that an adapter was made for, as its configuration names it.
  public private(set) var baseName: String?
  /// Why it cannot be analysed; empty when it can.
  public private(set) var problems: [String] = []

  /// Looks at a folder.
  /// - Parameter base: The model whose modules an adapter's are looked for in; nil for the one that its configuration names, if that is
  ///   a folder here.
  /// - Throws: ``CheckpointError`` when it is neither a model nor an adapter, or its configuration is not JSON.
  public init(folder: URL, base: URL? = nil) throws(CheckpointError) {
    let files = try openFolder(folder)
    if files.holds("adapter_config.json") {
      kind = "adapter"
      try inspect(adapter: folder, base: base)
    } else if files.holds("config.json") {
      kind = "model"
      try inspect(model: folder)
    } else {
      throw .missingFile(
        folder: folder.relativePath, file: "config.json or adapter_config.json",
        advice: FolderContents(folder).advice(for: .either))
    }
  }

  private mutating func add(_ name: String, _ value: some CustomStringConvertible) {
    facts.append((name, "\(value)"))
  }

  /// Runs a step; what it throws becomes a problem.
  private mutating func attempt<T>(_ step: () throws(CheckpointError) -> T) -> T? {
    do throws(CheckpointError) { return try step() } catch {
      problems.append(error.description)
      return nil
    }
  }

  private mutating func inspect(model folder: URL) throws(CheckpointError) {
    let configuration = try ConfigurationFile(folder)
    add("family", (try? configuration.reader.optionalString("model_type")) ?? "not stated")
    let description = attempt { () throws(CheckpointError) in try configuration.description() }
    if let description { addSizes(description) }
    guard let tensors = attempt({ () throws(CheckpointError) in try TensorFolder(model: folder) }) else { return }
    let storage = attempt { () throws(CheckpointError) in try configuration.storage(of: tensors) }
    guard let description, let storage else { return add(tensors) }
    let checkpoint = Checkpoint(
      folder: tensors, description: description, storage: storage, configuration: configuration.bytes)
    let contents = checkpoint.contents()
    add("dtype", contents.form)
    add("parameters", contents.parameters)
    add("size", ByteCount(tensors.byteCount))
    add("fingerprint", checkpoint.fingerprint)
    problems += checkpoint.tensorProblems().map(\.description)
  }

  private mutating func addSizes(_ description: ModelDescription) {
    add("layers", description.layers.count)
    if let attention = description.firstAttention {
      add("heads", attention.queryHeads)
      add("key-value heads", attention.keyValueHeads)
      add("head dimension", attention.headDimension)
    }
    add("hidden size", description.hiddenSize)
    add("vocabulary", description.vocabularySize)
    if let positions = description.configuredPositions { add("positions", positions) }
  }

  private mutating func add(_ tensors: TensorFolder) {
    add("dtype", tensors.storedType)
    add("parameters", tensors.parameters)
    add("size", ByteCount(tensors.byteCount))
  }

  private mutating func inspect(adapter folder: URL, base: URL?) throws(CheckpointError) {
    let reader = try JSONReader.opening("adapter_config.json", in: openFolder(folder))
    if MLXAdapter.wrote(reader) {
      facts += Self.facts(mlx: reader)
      let tensors = attempt { () throws(CheckpointError) in
        try TensorFolder(folder: openFolder(folder), name: folder.modelName, files: ["adapters.safetensors"])
      }
      if let tensors { add(tensors) }
      return
    }
    add("type", (try? reader.optionalString("peft_type")) ?? "not stated")
    var errors: [JSONMemberError] = []
    let configuration = AdapterConfiguration(reader, problems: &errors)
    problems = errors.map { CheckpointError.configuration($0).description }
    if reader["peft_type"] == .string("LORA") { add(configuration) }
    guard let tensors = attempt({ () throws(CheckpointError) in try TensorFolder(adapter: folder) }) else { return }
    add(tensors)
    let count = Set(tensors.tensors.keys.compactMap { AdapterTensorName($0.text)?.path }).count
    add("modules", count)
    guard problems.isEmpty else { return }
    let named = baseName.flatMap { try? HubCache().folder(named: $0) }
    guard let model = base ?? named.flatMap({ FileManager.default.fileExists(atPath: $0.path) ? $0 : nil }) else {
      return add("applied", "not known: give its base (--base MODEL)")
    }
    addApplied(folder, to: model)
  }

  /// How many of an adapter's modules apply to a base, the names of those that do not, and what else a user has to know.
  private mutating func addApplied(_ folder: URL, to base: URL) {
    let pair = attempt { () throws(CheckpointError) in try ModelPair(base: base, adapted: folder) }
    guard let pair, let modules = pair.adaptation.modules else { return }
    add("applied", "\(modules.applied) of \(modules.total) modules, to \(pair.model.name)")
    for module in modules.leftOut { add("left out", module) }
    for warning in pair.adaptation.warnings { add("note", warning) }
  }

  private mutating func add(_ configuration: AdapterConfiguration) {
    func list(_ names: [String]) -> String { names.isEmpty ? "none" : names.sorted().joined(separator: ", ") }
    add("rank", configuration.rank)
    add("alpha", configuration.alpha)
    add("scaling", "\(configuration.defaultScale)\(configuration.usesRankStabilization ? " (rank-stabilised)" : "")")
    switch configuration.reader["target_modules"] {
    case .string(let text): add("targets", text)
    default: add("targets", list((try? configuration.reader.optionalStrings("target_modules")) ?? []))
    }
    baseName = try? configuration.reader.optionalString("base_model_name_or_path")
    if let baseName { add("made for", baseName) }
    add("DoRA", configuration.usesDoRA ? "yes" : "no")
    add("saved modules", list(configuration.modulesToSave))
    add("saved biases", configuration.biasMode.rawValue)
    invocationTokens = configuration.invocationTokens
    add("invocation tokens", configuration.invocationTokens.map { "\($0)" } ?? "none: it acts on every token")
  }

  /// Whether both say the same.
  public static func == (left: FolderInspection, right: FolderInspection) -> Bool {
    left.kind == right.kind && left.problems == right.problems
      && left.facts.elementsEqual(right.facts) { $0 == $1 }
  }
}
