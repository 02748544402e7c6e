import Architectures
import Files
import Foundation
import Safetensors
import StrictJSON

/// Reads a PEFT LoRA into an ``Adaptation``.
struct AdapterReader {
  let configuration: AdapterConfiguration
  let tensors: AdapterTensors
  let base: Model
  let folder: TensorFolder
  private let fingerprint: String

  init(folder url: URL, base: Model) throws(CheckpointError) {
    let file = try JSONFile("adapter_config.json", in: openFolder(url))
    configuration = try AdapterConfiguration(file.reader)
    folder = try TensorFolder(adapter: url)
    tensors = try AdapterTensors(folder, base: base, configuration: configuration)
    fingerprint = folder.fingerprint(configuration: file.bytes)
    self.base = base
  }

  var description: ModelDescription { base.description }
  var head: Linear { description.head.linear }

  /// The adapter as changes of the base's weights.
  func adaptation() throws(CheckpointError) -> Adaptation {
    var result = Adaptation(name: folder.name, kind: .lora, fingerprint: fingerprint)
    result.rank = configuration.rank
    result.scaling = configuration.defaultScale
    result.invocationTokens = configuration.invocationTokens
    result.usesDoRA = configuration.usesDoRA
    try AdapterAgreement(configuration: configuration, tensors: tensors, base: base).check()
    try applyExpertParameters(to: &result)
    for linear in description.linears + [head] {
      guard let roles = tensors.modules[linear.module] ?? (linear == head ? tiedRoles : nil) else { continue }
      if let change = try change(of: linear, roles) {
        result.linears[linear.module, default: LinearChange()].add(change)
      }
      result.rank = max(result.rank ?? 0, roles[.down]?.shape.first ?? 0)
    }
    for norm in description.norms {
      for module in norm.modules {
        guard let roles = tensors.modules[module] else { continue }
        result.norms[module] = try change(of: norm, module, roles)
      }
    }
    try applyNumbers(to: &result)
    for table in description.tables {
      if let roles = tensors.modules[table.module] { try change(table, roles, in: &result) }
    }
    result.vocabulary = try vocabulary()
    result.partsHeadFromTable =
      [head.module, description.embedding.tokens.module].contains {
        configuration.saves(tensors.spellings(of: $0))
      } && configuration.tying != .saved
    result.modules = AppliedModules(
      applied: tensors.modules.count, leftOut: tensors.outside.union(tensors.unused).union(tensors.bypassed).sorted())
    result.collectTargets()
    result.warnings = warnings(result)
    return result
  }

  private func change(
    of linear: Linear, _ roles: [AdapterTensors.Role: Tensor]
  ) throws(CheckpointError) -> LinearChange? {
    var change = LinearChange()
    if linear == head, isLowRankTied {
      change.lowRank = [try tiedLowRank(roles)]
    } else if let down = roles[.down], let up = roles[.up] {
      change.lowRank = [try lowRank(linear, down: down, up: up, bias: roles[.upBias])]
    } else if let lone = roles[.down] ?? roles[.up] ?? roles[.upBias] {
      throw .unexpectedTensor(
        file: lone.file, tensor: lone.name, reason: "its partner (lora_A or lora_B) is missing")
    }
    if let misplaced = roles[.embeddingDown] ?? roles[.embeddingUp] {
      throw .unexpectedTensor(
        file: misplaced.file, tensor: misplaced.name, reason: "the module is a linear layer and no table")
    }
    if let bias = roles[.bias] { change.bias = try biasChange(bias, linear) }
    try applyDense(roles, to: &change, linear)
    return change.lowRank.isEmpty && change.dense == nil && change.bias == nil ? nil : change
  }

  private func lowRank(
    _ linear: Linear, down: Tensor, up: Tensor, bias: Tensor?
  ) throws(CheckpointError) -> LowRank {
    let path = tensors.spelledPath(of: linear.module)
    let rank = configuration.rank(of: tensors.spellings(of: linear.module))
    try check(down, [rank, linear.inputs], of: linear.module, Self.rankMembers)
    try check(up, [outputs(of: linear), rank], of: linear.module, Self.rankMembers)
    let scale = configuration.scale(of: tensors.spellings(of: linear.module))
    let b = try floats(up).fitted(to: linear.outputs * rank, zero: 0)
    var part = LowRank(rank: rank, scale: scale, a: try floats(down), b: b)
    if let bias {
      guard configuration.hasLoRABias else {
        throw .unexpectedTensor(
          file: bias.file, tensor: bias.name, reason: "lora_bias is false in adapter_config.json")
      }
      try check(bias, [outputs(of: linear)], of: linear.module)
      part.bias = try floats(bias).map { Float(Double($0) * scale) }.fitted(to: linear.outputs, zero: 0)
    } else if configuration.hasLoRABias {
      throw missing("\(path).lora_B.bias", [linear.outputs], because: "lora_bias")
    }
    return part
  }

  private func biasChange(_ saved: Tensor, _ linear: Linear) throws(CheckpointError) -> [Float]? {
    try check(saved, [outputs(of: linear)], of: linear.module)
    guard let old = try base.bias(linear, rows: RowSelection(0..<linear.outputs)) else {
      throw .unexpectedTensor(
        file: saved.file, tensor: saved.name, reason: "the base's layer has no bias that it could replace")
    }
    let shared = min(outputs(of: linear), linear.outputs)
    return difference(Array(try floats(saved).prefix(shared)), Array(old.prefix(shared)))?
      .fitted(to: linear.outputs, zero: 0)
  }

  private func change(
    of norm: Norm, _ module: String, _ roles: [AdapterTensors.Role: Tensor]
  ) throws(CheckpointError) -> NormChange? {
    let stored = norm.stored(module)
    var change = NormChange()
    for (role, tensor) in roles {
      switch role {
      case .weight:
        try check(tensor, norm.shape, of: module)
        change.gain = difference(try floats(tensor), try base.gain(stored))
      case .bias where norm.hasBias:
        try check(tensor, norm.shape, of: module)
        change.bias = difference(try floats(tensor), try base.bias(stored))
      default:
        throw .unexpectedTensor(
          file: tensor.file, tensor: tensor.name, reason: "a norm of this model cannot have such a tensor")
      }
    }
    return change.gain == nil && change.bias == nil ? nil : change
  }
}

/// Checks and reading.
extension AdapterReader {
  /// What a rank follows from.
  static let rankMembers = ["r", "rank_pattern"]

  /// - Parameter members: Those of adapter_config.json that the shape follows from too.
  func check(
    _ tensor: Tensor, _ shape: [Int], of module: String, _ members: [String] = []
  ) throws(CheckpointError) {
    guard tensor.shape == shape else {
      let vocabulary = [description.embedding.tokens.module, head.module]
      if vocabulary.contains(module), tensor.shape.count == 2, shape.count == 2,
        let axis = shape.firstIndex(of: description.vocabularySize), tensor.shape[1 - axis] == shape[1 - axis]
      {
        throw .resizedVocabulary(
          file: tensor.file, tensor: tensor.name, found: tensor.shape[axis], base: description.vocabularySize)
      }
      throw .shape(
        file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape,
        origin: ShapeOrigin(adapter: members, model: description.members(behind: module)))
    }
  }

  func floats(_ tensor: Tensor) throws(CheckpointError) -> [Float] {
    try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }

  func missing(_ tensor: String, _ shape: [Int], because key: String) -> CheckpointError {
    .missingTensor(
      folder: folder.path, tensor: tensor, shape: shape,
      advice: "\(key) in adapter_config.json promises it; the files do not belong together or are incomplete.")
  }

  /// Elements of a whole weight as the file holds it.
  func storedShape(_ linear: Linear) -> [Int] {
    linear.isTransposed ? [linear.inputs, linear.outputs] : [outputs(of: linear), linear.inputs]
  }
}

extension TensorFolder {
  /// Opens `adapter_model.safetensors`.
  init(adapter url: URL) throws(CheckpointError) {
    let folder = try openFolder(url)
    let file = "adapter_model.safetensors"
    guard folder.holds(file) else {
      throw .missingFile(
        folder: folder.path, file: file,
        advice: FolderContents(url).advice(for: .adapter))
    }
    try self.init(folder: folder, name: url.modelName, files: [Name(file)])
  }
}
