import Architectures
import Foundation
import Safetensors
import StrictJSON

/// An adapter as mlx-lm writes it: `adapters.safetensors` with A (inputs, rank) and B (rank, outputs) by module, dW = scale·(A·B)ᵀ, and
/// adapter_config.json with `lora_parameters`. Its last `num_layers` layers are adapted, all of them where that is not above 0.
struct MLXAdapter {
  private let file: JSONFile
  private let folder: TensorFolder
  private let base: Model
  private let usesDoRA: Bool
  private let rank: Int
  private let scale: Double
  /// The last parts of the adapted modules' paths ("self_attn.q_proj"), nil for all linear layers.
  private let keys: [String]?
  /// Index of the first adapted layer.
  private let firstLayer: Int

  /// Whether a configuration is mlx-lm's and not PEFT's.
  static func wrote(_ reader: JSONReader) -> Bool {
    reader["peft_type"] == nil && (reader["fine_tune_type"] != nil || reader["lora_parameters"] != nil)
  }

  /// Opens an adapter's folder.
  init(folder url: URL, base: Model) throws(CheckpointError) {
    let opened = try openFolder(url)
    let file = try JSONFile("adapter_config.json", in: opened)
    let layers = base.description.layers.count
    let (kind, rank, scale, keys, count) = try readingConfiguration { () throws(JSONMemberError) in
      let kind = try file.reader.optionalString("fine_tune_type") ?? "lora"
      guard ["lora", "dora"].contains(kind) else {
        throw file.reader.error(
          "fine_tune_type",
          "\"\(kind)\" is not supported; lora and dora are. Fuse the adapter and give it as a checkpoint")
      }
      let parameters = try file.reader.object("lora_parameters")
      let scale = try parameters.number("scale")
      guard scale.isFinite else { throw parameters.error("scale", "a finite number is expected") }
      return (
        kind, try parameters.integer("rank", in: 1...1 << 20), scale, try parameters.optionalStrings("keys"),
        try file.reader.optionalInteger("num_layers") ?? 0
      )
    }
    self.file = file
    self.rank = rank
    self.scale = scale
    self.keys = keys
    self.base = base
    usesDoRA = kind == "dora"
    firstLayer = count > 0 ? max(0, layers - count) : 0
    folder = try TensorFolder(folder: opened, name: url.modelName, files: ["adapters.safetensors"])
  }

  /// The adapter as changes of the base's weights.
  func adaptation() throws(CheckpointError) -> Adaptation {
    var result = Adaptation(
      name: folder.name, kind: .lora, fingerprint: folder.fingerprint(configuration: file.bytes))
    (result.rank, result.scaling, result.usesDoRA) = (rank, scale, usesDoRA)
    var modules = try tensorsByModule()
    result.modules = AppliedModules(applied: modules.count, leftOut: [])
    for (index, layer) in base.description.layers.enumerated() {
      for linear in layer.linears {
        guard let parts = modules.removeValue(forKey: linear.module) else { continue }
        try check(linear, in: index, parts)
        result.linears[linear.module] = try change(of: linear, parts)
      }
    }
    if let stray = modules.values.flatMap(\.values).min(by: { $0.name < $1.name }) {
      throw error(
        stray, "the base has no such linear layer in a layer of its own; the adapter was made for another model")
    }
    result.collectTargets()
    if result.linears.values.allSatisfy({ $0.lowRank.allSatisfy { $0.b.allSatisfy { $0 == 0 } } }), !usesDoRA {
      result.warnings.append(
        "The product A·B is zero in every module, as it is before training: the low-rank part has no effect.")
    }
    return result
  }

  private func tensorsByModule() throws(CheckpointError) -> [String: [String: Tensor]] {
    var modules: [String: [String: Tensor]] = [:]
    let paths = AdapterModulePaths(base.checkpoint, isOfInnerModel: true)
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) {
      let ending = name.text.components.last ?? ""
      guard ["lora_a", "lora_b", "m"].contains(ending), let path = name.text.rest(before: ".\(ending)") else {
        throw error(
          tensor, "this kind of adapter tensor is unknown, so it cannot be left out; lora_a, lora_b and m are expected")
      }
      guard let module = paths.module(path)?.name else {
        throw error(tensor, "the base has no module \(path); the adapter was made for another model")
      }
      guard tensor.type.isReadable else {
        throw .weights(.unsupportedType(file: tensor.file, tensor: tensor.name, type: tensor.type.rawValue))
      }
      modules[module, default: [:]][ending] = tensor
    }
    return modules
  }

  /// mlx-lm makes layers from the configuration and leaves out what belongs to none, without a word.
  private func check(_ linear: Linear, in layer: Int, _ parts: [String: Tensor]) throws(CheckpointError) {
    guard let tensor = parts.values.min(by: { $0.name < $1.name }) else { return }
    guard layer >= firstLayer else {
      throw error(tensor, "num_layers in adapter_config.json adapts layers from \(firstLayer) on")
    }
    guard keys?.contains(where: { linear.module.ends(with: ".\($0)") }) ?? true else {
      throw error(tensor, "keys in adapter_config.json do not name its module")
    }
    guard (parts["m"] != nil) == usesDoRA else {
      throw error(
        parts["m"] ?? tensor,
        "fine_tune_type in adapter_config.json says \(usesDoRA ? "dora, which has" : "lora, which has no") m")
    }
  }

  private func change(of linear: Linear, _ parts: [String: Tensor]) throws(CheckpointError) -> LinearChange {
    guard let a = parts["lora_a"], let b = parts["lora_b"] else {
      throw error(
        parts.values.min { $0.name < $1.name } ?? folder.tensors.values.first,
        "its partner (lora_a or lora_b) is missing")
    }
    let part = LowRank(
      rank: rank, scale: scale, a: try turned(a, linear.inputs, rank, of: linear.module),
      b: try turned(b, rank, linear.outputs, of: linear.module))
    var change = LinearChange()
    guard let m = parts["m"] else {
      change.lowRank = [part]
      return change
    }
    change.dense = .doRA(
      [RankProduct(part, inputs: linear.inputs)],
      magnitudes: try turned(m, linear.outputs, 1, of: linear.module, isVector: true), linear, of: base)
    return change
  }

  /// A matrix of (rows, columns), turned to (columns, rows).
  private func turned(
    _ tensor: Tensor, _ rows: Int, _ columns: Int, of module: String, isVector: Bool = false
  ) throws(CheckpointError) -> [Float] {
    let shape = isVector ? [rows] : [rows, columns]
    guard tensor.shape == shape else {
      throw .shape(
        file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape,
        origin: ShapeOrigin(adapter: ["lora_parameters"], model: base.description.members(behind: module)))
    }
    let values = try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
    return (0..<columns).flatMap { column in (0..<rows).map { values[$0 * columns + column] } }
  }

  private func error(_ tensor: Tensor?, _ reason: String) -> CheckpointError {
    .unexpectedTensor(
      file: tensor?.file ?? folder.path, tensor: tensor?.name ?? "adapters.safetensors", reason: reason)
  }
}

extension FolderInspection {
  /// Facts of an adapter of mlx-lm.
  static func facts(mlx reader: JSONReader) -> [(name: String, value: String)] {
    let parameters = try? reader.optionalObject("lora_parameters")
    let layers = ((try? reader.optionalInteger("num_layers")) ?? nil) ?? 0
    return [
      ("type", "MLX \(((try? reader.optionalString("fine_tune_type")) ?? nil) ?? "lora")"),
      ("rank", (try? parameters?.integer("rank")).map { "\($0)" } ?? "not stated"),
      ("scaling", (try? parameters?.number("scale")).map { "\($0)" } ?? "not stated"),
      ("layers", layers > 0 ? "the last \(layers)" : "all"),
      (
        "targets",
        ((try? parameters?.optionalStrings("keys")) ?? nil)?.sorted().joined(separator: ", ") ?? "all linear layers"
      ),
    ]
  }
}
