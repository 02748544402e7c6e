import Architectures
import Foundation
import Safetensors
import StrictJSON

/// A model's files bound to its description: every tensor the description names is there, in its shape and in a type
/// that can be read, and nothing is there that the description knows nothing of.
struct Checkpoint: Sendable {
  let folder: TensorFolder
  let description: ModelDescription
  let fingerprint: String
  private let names: TensorNames

  /// Opens a HuggingFace folder.
  init(_ url: URL) throws(CheckpointError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue else {
      throw .missingFile(
        folder: url.deletingLastPathComponent().lastPathComponent, file: "folder \(url.lastPathComponent)",
        advice: "Give the folder of a HuggingFace model; nothing is downloaded.")
    }
    let file = url.appendingPathComponent("config.json")
    let bytes = try readFile(file)
    let configuration = try JSONReader.opening(file, bytes: bytes)
    if configuration["quantization_config"] != nil {
      throw .configuration(
        configuration.error(
          "quantization_config", "quantized weights are not supported; give the original F32, F16 or BF16 model"))
    }
    description = try readingConfiguration { () throws(JSONMemberError) in
      try Family.describe(config: configuration)
    }
    folder = try TensorFolder(model: url)
    names = TensorNames(description, among: folder.tensors.keys)
    fingerprint = folder.fingerprint(configuration: bytes)
    try checkTensors()
  }

  /// A tensor by its name in the description.
  func tensor(_ name: String) -> Tensor? { folder.tensors[names.stored(name)] }

  /// A tensor that must be there.
  func required(_ name: String, shape: [Int]) throws(CheckpointError) -> Tensor {
    guard let tensor = tensor(name) else {
      throw .missingTensor(folder: folder.name, tensor: names.stored(name), shape: shape)
    }
    guard tensor.shape == shape else {
      throw .shape(file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape)
    }
    return tensor
  }

  /// The weight of a linear layer. A tied head reads the token table, unless the file has a head of its own all the same
  /// (as transformers does when the two differ).
  func weight(_ linear: Linear) throws(CheckpointError) -> Tensor {
    let name = "\(linear.module).weight"
    if linear.module == description.head.linear.module, description.head.isTied, tensor(name) == nil {
      return try table(description.embedding.tokens)
    }
    let shape = linear.isTransposed ? [linear.inputs, linear.outputs] : [linear.outputs, linear.inputs]
    return try required(name, shape: shape)
  }

  /// A table; a tied one may stand under the head's name.
  func table(_ table: Embedding) throws(CheckpointError) -> Tensor {
    let name = "\(table.module).weight"
    if table == description.embedding.tokens, description.head.isTied, tensor(name) == nil,
      let head = tensor("\(description.head.linear.module).weight"), head.shape == [table.rows, table.columns]
    {
      return head
    }
    return try required(name, shape: [table.rows, table.columns])
  }

  /// The type of most weights.
  var storedType: String {
    var counts: [ElementType: Int] = [:]
    for tensor in folder.tensors.values { counts[tensor.type, default: 0] += tensor.count }
    return counts.max { ($0.value, $1.key.rawValue) < ($1.value, $0.key.rawValue) }?.key.rawValue ?? "F32"
  }
}

/// Checks before anything is read.
extension Checkpoint {
  private func checkTensors() throws(CheckpointError) {
    var used: [Tensor] = []
    for linear in description.linears {
      used.append(try weight(linear))
      if linear.hasBias { used.append(try required("\(linear.module).bias", shape: [linear.outputs])) }
    }
    for norm in description.norms {
      for module in norm.modules {
        used.append(try required("\(module).weight", shape: norm.shape))
        if norm.hasBias { used.append(try required("\(module).bias", shape: norm.shape)) }
      }
    }
    for entry in description.tables { used.append(try table(entry)) }
    // The head is read for losses only; inner models are saved without one.
    let head = description.head.linear
    if tensor("\(head.module).weight") != nil {
      used.append(try weight(head))
      if head.hasBias { used.append(try required("\(head.module).bias", shape: [head.outputs])) }
    }
    for tensor in used where !tensor.type.isReadable {
      throw .weights(.unsupportedType(file: tensor.file, tensor: tensor.name, type: tensor.type.rawValue))
    }
    try checkStrangers(used: Set(used.map(\.name)))
  }

  /// Refuses tensors inside the model that the description has no place for: they would change what it computes.
  private func checkStrangers(used: Set<String>) throws(CheckpointError) {
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) where !used.contains(name) {
      guard let path = names.canonical(name), !Self.isBuffer(path) else { continue }
      let module = path.split(separator: ".").dropLast().joined(separator: ".")
      if description.isKnown(module: module) || description.isInsideLayers(path) {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name,
          reason: """
            a \(description.family) model as config.json describes it has no such tensor, so it cannot be left out \
            silently. Quantized weights, extra layers and modified architectures are not supported
            """)
      }
    }
  }

  /// Buffers that old checkpoints hold and that follow from the configuration.
  private static func isBuffer(_ path: String) -> Bool {
    [
      "rotary_emb.inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached", "attn.bias", "attn.masked_bias",
      "attention.bias", "attention.masked_bias", "position_ids",
    ].contains { path.hasSuffix(".\($0)") }
  }
}

extension ModelDescription {
  /// Whether a path is one of the modules with weights.
  func isKnown(module: String) -> Bool {
    linears.contains { $0.module == module } || norms.contains { $0.modules.contains(module) }
      || tables.contains { $0.module == module } || head.linear.module == module
  }

  /// Whether a path leads into the stack of layers.
  func isInsideLayers(_ path: String) -> Bool {
    // "model.layers.0.self_attn.q_proj" → "model.layers."
    guard let first = layers.first?.attention.output.module, let range = first.range(of: ".0.") else { return false }
    return path.hasPrefix(first[..<range.lowerBound] + ".")
  }
}
