import Architectures
import Safetensors
import StrictJSON

/// Tensors of an adapter's `modules_to_save` that are parameters of a module beside its layers: the convolution, decays and their biases of
/// a recurrence, the scale of a router.
extension AdapterReader {
  /// Adds what the adapter saved of them.
  func applyNumbers(to result: inout Adaptation) throws(CheckpointError) {
    for (name, shape) in description.numbers {
      guard let saved = tensors.modules[name]?[.weight] else { continue }
      try check(saved, shape, of: name.owner)
      result.numbers[name] = difference(try floats(saved), try base.numbers(name, shape: shape))
    }
    for norm in description.norms where norm.gainName != "weight" {
      for module in norm.modules {
        guard let saved = tensors.modules["\(module).\(norm.gainName)"]?[.weight] else { continue }
        try check(saved, norm.shape, of: module)
        guard let gain = difference(try floats(saved), try base.gain(norm.stored(module))) else { continue }
        result.norms[module] = NormChange(gain: gain)
      }
    }
  }

  /// Low-rank parts that the library's models pass by.
  var bypassedModules: String? {
    tensors.bypassed.isEmpty
      ? nil
      : """
      The low-rank part of \(tensors.bypassed.sorted().listed(3)) is left out: transformers 5 reads the weight of a recurrence's \
      convolution past PEFT's wrapper, so it has no effect there either. To train the convolution, name it in modules_to_save.
      """
  }
}

extension AdapterAgreement {
  /// Parameters beside layers are there where `modules_to_save` names their module, and biases where `bias` does.
  func checkNumbers() throws(CheckpointError) {
    for name in description.adaptableNumbers {
      let spellings = tensors.spellings(of: name).map(\.owner)
      let isSaved = configuration.saves(spellings) || configuration.biasMode == .all && name.ends(with: ".bias")
      let saved = tensors.modules[name]?[.weight]
      if let saved, !isSaved {
        throw .unexpectedTensor(
          file: saved.file, tensor: saved.name,
          reason: "modules_to_save in adapter_config.json does not name its module")
      }
      if saved == nil, isSaved {
        throw missing(tensors.spelledPath(of: name), because: name.ends(with: ".bias") ? "bias" : "modules_to_save")
      }
    }
  }
}

extension ModelDescription {
  /// Names of the tensors that are parameters of a module beside its layers.
  var adaptableNumbers: [String] {
    numbers.map(\.name)
      + norms.filter { $0.gainName != "weight" }.flatMap { norm in norm.modules.map { "\($0).\(norm.gainName)" } }
  }
}

extension String {
  /// The path of the module that a tensor belongs to.
  var owner: String { components.dropLast().joined(separator: ".") }
}
