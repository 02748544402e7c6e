import Architectures
import Foundation
import Safetensors
import StrictJSON

/// Reads a PEFT LoRA into an ``Adaptation``.
struct AdapterReader {
  let configuration: AdapterConfiguration
  let tensors: AdapterTensors
  let base: Model
  private let folder: TensorFolder
  private let fingerprint: String

  init(folder: URL, configuration url: URL, base: Model) throws(CheckpointError) {
    let bytes = try readFile(url)
    configuration = try AdapterConfiguration(try JSONReader.opening(url, bytes: bytes))
    let weights = folder.appendingPathComponent("adapter_model.safetensors")
    guard FileManager.default.fileExists(atPath: weights.path) else {
      let pickle = folder.appendingPathComponent("adapter_model.bin")
      throw .missingFile(
        folder: folder.lastPathComponent, file: "adapter_model.safetensors",
        advice: FileManager.default.fileExists(atPath: pickle.path)
          ? "adapter_model.bin is a pickle and never read; load it with PEFT and save_pretrained it again."
          : "The adapter's weights are missing; download or save it again.")
    }
    self.folder = try TensorFolder(folder: folder, files: ["adapter_model.safetensors"])
    tensors = try AdapterTensors(self.folder, description: base.description)
    fingerprint = self.folder.fingerprint(configuration: bytes)
    self.base = base
  }

  var description: ModelDescription { base.description }
  private var head: Linear { description.head.linear }

  /// The adapter as changes of the base's weights.
  func adaptation() throws(CheckpointError) -> Adaptation {
    var result = Adaptation(name: folder.name, kind: .lora, fingerprint: fingerprint)
    result.rank = configuration.rank
    result.scaling = configuration.usesRankStabilization
      ? configuration.alpha / Double(configuration.rank).squareRoot()
      : configuration.alpha / Double(configuration.rank)
    result.invocationTokens = configuration.invocationTokens
    result.usesDoRA = configuration.usesDoRA
    try checkTargets()
    for linear in description.linears + [head] {
      if let roles = tensors.modules[linear.module], let change = try change(of: linear, roles) {
        result.linears[linear.module] = change
        result.rank = max(result.rank ?? 0, change.lowRank.map(\.rank).max() ?? 0)
      }
    }
    for norm in description.norms {
      for module in norm.modules {
        if let roles = tensors.modules[module], let change = try change(of: norm, module, roles) {
          result.norms[module] = change
        }
      }
    }
    for table in description.tables {
      if let roles = tensors.modules[table.module] { try change(table, roles, in: &result) }
    }
    let changed = Set(result.linears.keys).union(result.norms.keys).union(result.embeddings.keys)
    result.targets = Set(changed.map { String($0.split(separator: ".").last ?? "") }).sorted()
    let ups = result.linears.values.flatMap(\.lowRank)
    if !ups.isEmpty, ups.allSatisfy({ $0.b.allSatisfy { $0 == 0 } }) {
      result.warnings.append("All B matrices of the adapter are zero, as they are before training: its low-rank part has no effect.")
    }
    return result
  }

  /// Targets and tensors have to agree.
  private func checkTargets() throws(CheckpointError) {
    guard configuration.selection.isStated else { return }
    for linear in description.linears + [head] {
      let isHead = linear == head
      let isTargeted =
        configuration.selection.contains(linear.module, isHead: isHead)
        && !configuration.modulesToSave.contains { linear.module == $0 || linear.module.hasSuffix(".\($0)") }
      let hasTensors = tensors.modules[linear.module]?[.down] != nil
      guard isTargeted != hasTensors else { continue }
      throw .configuration(
        configuration.reader.error(
          "target_modules",
          isTargeted
            ? "\(linear.module) is targeted, but the adapter has no tensors for it; the files do not belong together"
            : "the adapter has tensors for \(linear.module), which is not targeted; the files do not belong together"))
    }
  }

  private func change(
    of linear: Linear, _ roles: [AdapterTensors.Role: Tensor]
  ) throws(CheckpointError) -> LinearChange? {
    var change = LinearChange()
    if let down = roles[.down], let up = roles[.up] {
      change.lowRank = [try lowRank(linear, down: down, up: up, bias: roles[.upBias])]
    } else if let lone = roles[.down] ?? roles[.up] {
      throw .unexpectedTensor(file: lone.file, tensor: lone.name, reason: "its partner (lora_A or lora_B) is missing")
    }
    let inOrder = linear.isTransposed ? [linear.inputs, linear.outputs] : [linear.outputs, linear.inputs]
    if let saved = roles[.weight] {
      try check(saved, inOrder)
      change.dense = try denseDifference(saved, linear)
    }
    if let bias = roles[.bias] { change.bias = try biasChange(bias, linear) }
    try apply(configuration.initialization, to: &change, linear)
    if let magnitude = roles[.magnitude] {
      try check(magnitude, [linear.outputs])
      change = try doRA(change, magnitude: magnitude, linear)
    } else if configuration.usesDoRA, !change.lowRank.isEmpty {
      throw .missingTensor(
        folder: folder.name, tensor: "\(linear.module).lora_magnitude_vector", shape: [linear.outputs])
    }
    return change.lowRank.isEmpty && change.dense == nil && change.bias == nil ? nil : change
  }

  private func lowRank(
    _ linear: Linear, down: Tensor, up: Tensor, bias: Tensor?
  ) throws(CheckpointError) -> LowRank {
    let rank = configuration.rank(of: linear.module)
    try check(down, [rank, linear.inputs])
    try check(up, [linear.outputs, rank])
    let scale = configuration.scale(of: linear.module)
    var part = LowRank(rank: rank, scale: scale, a: try floats(down), b: try floats(up))
    if let bias {
      try check(bias, [linear.outputs])
      part.bias = try floats(bias).map { Float(Double($0) * scale) }
    } else if configuration.hasLoRABias {
      throw .missingTensor(folder: folder.name, tensor: "\(linear.module).lora_B.bias", shape: [linear.outputs])
    }
    return part
  }

  private func biasChange(_ saved: Tensor, _ linear: Linear) throws(CheckpointError) -> [Float]? {
    try check(saved, [linear.outputs])
    guard let old = try base.bias(linear, rows: RowSelection(0..<linear.outputs)) else {
      throw .unexpectedTensor(
        file: saved.file, tensor: saved.name, reason: "the base's layer has no bias that it could replace")
    }
    return difference(try floats(saved), old)
  }

  private func change(
    of norm: Norm, _ module: String, _ roles: [AdapterTensors.Role: Tensor]
  ) throws(CheckpointError) -> NormChange? {
    var single = norm
    single.modules = [module]
    single.storesGainMinusOne = false
    var change = NormChange()
    for (role, tensor) in roles {
      try check(tensor, norm.shape)
      switch role {
      case .weight: change.gain = difference(try floats(tensor), try base.gain(single))
      case .bias where norm.hasBias: change.bias = difference(try floats(tensor), try base.bias(single))
      default:
        throw .unexpectedTensor(file: tensor.file, tensor: tensor.name, reason: "a norm cannot have such a tensor")
      }
    }
    return change.gain == nil && change.bias == nil ? nil : change
  }
}

/// Checks and reading.
extension AdapterReader {
  func check(_ tensor: Tensor, _ shape: [Int]) throws(CheckpointError) {
    guard tensor.shape == shape else {
      throw .shape(file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape)
    }
  }

  func floats(_ tensor: Tensor) throws(CheckpointError) -> [Float] {
    try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }

  /// New − old, nil where nothing differs.
  func difference(_ new: [Float], _ old: [Float]) -> [Float]? {
    new == old ? nil : zip(new, old).map { Float(Double($0) - Double($1)) }
  }

  /// Saved − base as a dense change, nil where nothing differs.
  func denseDifference(_ saved: Tensor, _ linear: Linear) throws(CheckpointError) -> DenseChange? {
    let base = base
    return DenseChange { rows, target throws(CheckpointError) in
      try base.weight(linear, rows: rows, into: target)
      var next = target
      for run in rows.runs {
        for row in run {
          let new = try readingWeights { () throws(SafetensorsError) in try saved.row(row, of: linear) }
          for column in 0..<linear.inputs { next[column] = Float(Double(new[column]) - Double(next[column])) }
          next += linear.inputs
        }
      }
    }
  }
}

extension Tensor {
  /// One output row of a weight, whichever way it is stored.
  func row(_ row: Int, of linear: Linear) throws(SafetensorsError) -> [Float] {
    guard linear.isTransposed else { return try floats(row * linear.inputs..<(row + 1) * linear.inputs) }
    var result: [Float] = []
    for input in 0..<linear.inputs {
      result += try floats(input * linear.outputs + row..<input * linear.outputs + row + 1)
    }
    return result
  }
}
