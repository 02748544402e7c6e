import Architectures
import Foundation
import Safetensors

/// The tensors of a PEFT adapter by module and role.
///
/// Keys are `base_model.model.<module>.lora_A[.default].weight` and the like; module paths are those of the description,
/// with or without the extra prefix of a multimodal model.
struct AdapterTensors: Sendable {
  /// What a tensor is for.
  enum Role: String, CaseIterable {
    case down = "lora_A.weight"
    case up = "lora_B.weight"
    case upBias = "lora_B.bias"
    case embeddingDown = "lora_embedding_A"
    case embeddingUp = "lora_embedding_B"
    case magnitude = "lora_magnitude_vector"
    case tokens = "token_adapter.trainable_tokens_delta"
    case weight = "weight"
    case bias = "bias"
  }

  /// Tensors by module, then by role.
  private(set) var modules: [String: [Role: Tensor]] = [:]

  /// Sorts an adapter's tensors.
  /// - Throws: ``CheckpointError`` for a tensor that belongs to no module of the base.
  init(_ folder: TensorFolder, description: ModelDescription) throws(CheckpointError) {
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) {
      guard let (path, role) = Self.split(name) else {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name, reason: "this kind of adapter tensor is unknown, so it cannot be left out")
      }
      guard let module = Self.spellings(of: path, description).first(where: description.isKnown(module:)) else {
        throw .unexpectedTensor(
          file: tensor.file, tensor: name,
          reason: "the base has no module \(path); the adapter was made for another model")
      }
      if !tensor.type.isReadable {
        throw .weights(.unsupportedType(file: tensor.file, tensor: name, type: tensor.type.rawValue))
      }
      if modules[module, default: [:]].updateValue(tensor, forKey: role) != nil {
        throw .unexpectedTensor(file: tensor.file, tensor: name, reason: "the module has a second tensor of that kind")
      }
    }
  }

  private static func split(_ name: String) -> (module: String, role: Role)? {
    var name = name
    for prefix in ["base_model.model.", "base_model."] where name.hasPrefix(prefix) {
      name.removeFirst(prefix.count)
      break
    }
    for filler in [".default", ".base_layer", ".original_module", ".modules_to_save"] {
      name = name.replacingOccurrences(of: "\(filler).", with: ".")
      if name.hasSuffix(filler) { name.removeLast(filler.count) }
    }
    for ending in [".lora_magnitude_vector.weight", ".lora_embedding_A.weight", ".lora_embedding_B.weight"]
    where name.hasSuffix(ending) { name.removeLast(".weight".count) }
    guard let role = Role.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else { return nil }
    return (String(name.dropLast(role.rawValue.count + 1)), role)
  }

  /// A path as it stands, and without what a multimodal model puts around its language model.
  private static func spellings(of path: String, _ description: ModelDescription) -> [String] {
    // Prefixes end with a dot, which a module's own path lacks.
    let renamed = description.renamedPrefixes.filter { "\(path).".hasPrefix($0.key) }.map {
      String("\($0.value)\("\(path).".dropFirst($0.key.count))".dropLast())
    }
    return renamed + [
      path, path.replacingOccurrences(of: "model.language_model.", with: "model."),
      path.replacingOccurrences(of: "language_model.", with: ""),
      path.hasPrefix("language_model.") ? "model." + path.dropFirst("language_model.".count) : path,
    ]
  }
}
