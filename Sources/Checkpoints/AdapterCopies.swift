import Architectures
import Safetensors
import StrictJSON

/// Copies that PEFT saves beside what an adapter trained. Once the vocabulary was resized, or with `bias="all"`, everything below
/// a module that PEFT wrapped goes into the file: the base's own tensors, and those that `modules_to_save` trained a second time
/// (PEFT, `get_peft_model_state_dict`).
struct AdapterCopies {
  let folder: TensorFolder
  let base: Model
  let paths: AdapterModulePaths
  /// The adapter's own name, where the file has it in its names.
  let ownName: String?

  /// What stands between a module and its own name, or what is below it.
  private var wrappings: [(components: [String], isOfBase: Bool)] {
    ["default", ownName].compactMap(\.self).map { (["modules_to_save", $0], false) }
      + [(["modules_to_save"], false), (["original_module"], true), (["token_adapter", "base_layer"], true)]
  }

  /// Whether a tensor repeats one that counts, and so can be left out.
  /// - Throws: ``CheckpointError`` for a copy of the base that is none.
  func holds(_ name: String, _ tensor: Tensor) throws(CheckpointError) -> Bool {
    guard let (plain, isOfBase) = unwrapped(name) else { return false }
    // PEFT loads what stands under the plain name, and never runs a wrapped original, whose weight alone can be a tied one.
    if folder.tensors[Name(plain)] != nil, !isOfBase || plain.ends(with: ".bias") { return true }
    guard isOfBase, let own = stored(plain) else { return false }
    // Beside a whole table that counts, the copy of a resized one has the base's rows and others.
    let isResized = folder.tensors[Name(plain)] != nil && tensor.shape.count == 2
    guard try isEqual(tensor, own, inSharedRows: isResized) else {
      throw .unexpectedTensor(
        file: tensor.file, tensor: name,
        reason: """
          it is PEFT's copy of \(own.name), from which it differs; give the base that the adapter was trained on, its \
          vocabulary resized alike
          """)
    }
    return true
  }

  private func unwrapped(_ name: String) -> (plain: String, isOfBase: Bool)? {
    let parts = name.components
    for (wrapping, isOfBase) in wrappings {
      for start in parts.indices.dropLast(wrapping.count) where parts[start...].starts(with: wrapping) {
        let plain = parts[..<start] + parts[(start + wrapping.count)...]
        return (plain.joined(separator: "."), isOfBase)
      }
    }
    return nil
  }

  /// The base's tensor that an adapter's name without wrappings stands for.
  private func stored(_ plain: String) -> Tensor? {
    if let number = paths.number(AdapterTensorName(parameter: plain).path) {
      return base.checkpoint.tensor(number.name)
    }
    for ending in [".weight", ".bias"] {
      let path = plain.rest(before: ending).map { AdapterTensorName.path($0.components).path }
      guard let module = path.flatMap({ paths.module($0)?.name }) else { continue }
      let isTied = base.isHeadTied && ending == ".weight" && module == base.description.head.linear.module
      return base.checkpoint.tensor(module + ending)
        ?? (isTied ? (try? base.checkpoint.table(base.description.embedding.tokens)) as? Tensor : nil)
    }
    return nil
  }

  private func isEqual(
    _ one: Tensor, _ other: Tensor, inSharedRows isResized: Bool
  ) throws(CheckpointError) -> Bool {
    let fits = isResized ? one.shape.dropFirst() == other.shape.dropFirst() : one.shape == other.shape
    guard fits, one.type.isReadable, other.type.isReadable else { return false }
    return try readingWeights { () throws(SafetensorsError) in
      try one.hasEqualValues(0..<min(one.count, other.count), to: other)
    }
  }
}
