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
  /// How config.json says that weights are stored.
  let storage: StorageScheme
  /// Paths of all modules with weights.
  let modules: Set<Name>
  private let names: TensorNames

  /// Opens a HuggingFace folder and checks all of it.
  init(_ url: URL) throws(CheckpointError) {
    let configuration = try ConfigurationFile(url)
    let description = try configuration.description()
    let folder = try TensorFolder(model: url)
    self.init(
      folder: folder, description: description, storage: try configuration.storage(of: folder),
      configuration: configuration.bytes)
    if let problem = tensorProblems().first { throw problem }
  }

  /// Binds names without a look at the tensors; see ``tensorProblems()``.
  init(folder: TensorFolder, description: ModelDescription, storage: StorageScheme, configuration: [UInt8]) {
    self.folder = folder
    self.description = description
    self.storage = storage
    names = TensorNames(description, among: Set(folder.tensors.keys))
    fingerprint = folder.fingerprint(configuration: configuration)
    modules = description.moduleNames
  }

  /// A tensor by its name in the description.
  func tensor(_ name: String) -> Tensor? { folder.tensors[Name(names.stored(name))] }

  /// A tensor that must be there.
  func required(_ name: String, shape: [Int]) throws(CheckpointError) -> Tensor {
    guard let tensor = tensor(name) else { throw missing(name, shape: shape) }
    guard tensor.shape == shape else {
      let module = name.components.dropLast().joined(separator: ".")
      throw .shape(
        file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape,
        origin: ShapeOrigin(adapter: [], model: description.members(behind: module)))
    }
    return tensor
  }

  /// The error of a tensor that is not there.
  func missing(_ name: String, shape: [Int]) -> CheckpointError {
    .missingTensor(
      folder: folder.path, tensor: names.stored(name), shape: shape,
      advice: """
        The files are incomplete or belong to another architecture than config.json says; download the model again.
        """)
  }

  /// Whether the files hold a module that the description knows nothing of, beside the model that it describes: the vision tower
  /// of a multimodal one. Libraries spell its path with the outer model's prefix, files also without.
  func holdsOutside(_ module: String) -> Bool {
    [module, module.rest(after: "model.")].compactMap { $0.map { "\($0).weight" } }.contains {
      folder.tensors[Name($0)] != nil && names.canonical($0) == nil
    }
  }

  /// The weight of a linear layer. A tied head reads the token table, unless the file has a head of its own all the
  /// same, which transformers uses where the two differ (`PreTrainedModel.tie_weights`).
  func weight(_ linear: Linear) throws(CheckpointError) -> StoredWeight {
    let name = "\(linear.module).weight"
    if linear.module == description.head.linear.module, description.head.isTied, tensor(name) == nil {
      return StoredWeight(store: try table(description.embedding.tokens), linear: linear)
    }
    if let stack = linear.stack, tensor(name) == nil {
      if let all = tensor(stack.tensor) {
        return StoredWeight(store: try matrix(of: linear, in: all, stack), linear: linear)
      }
      if let blocks = tensor("\(stack.tensor)_blocks") {
        guard storage.method == .mxfp4 else {
          throw .unexpectedTensor(
            file: blocks.file, tensor: blocks.name,
            reason: """
              it looks like experts in four bits (MXFP4), which config.json does not say; its quantization_config should have \
              "quant_method": "mxfp4"
              """)
        }
        return StoredWeight(store: try MXFP4Store(linear, stack, blocks: blocks, in: self), linear: linear)
      }
    }
    let shape = linear.isTransposed ? [linear.inputs, linear.outputs] : [linear.outputs, linear.inputs]
    return StoredWeight(store: try store(linear.module, shape: shape), linear: linear)
  }

  /// One expert's rows among those of all experts.
  private func matrix(
    of linear: Linear, in all: Tensor, _ stack: WeightStack
  ) throws(CheckpointError) -> any WeightStore {
    let matrix = stack.isTransposed ? [linear.inputs, stack.height] : [stack.height, linear.inputs]
    let shape = [stack.experts] + matrix
    guard all.shape == shape else {
      throw .shape(
        file: all.file, tensor: all.name, found: all.shape, expected: shape,
        origin: ShapeOrigin(adapter: [], model: description.members(behind: linear.module)))
    }
    guard all.type.isReadable else {
      throw .weights(.unsupportedType(file: all.file, tensor: all.name, type: all.type.rawValue))
    }
    let first = stack.expert * stack.height * linear.inputs
    if stack.isTransposed { return StackStore(linear, stack, matrix: all.part(from: first, shape: matrix)) }
    precondition(stack.rowStep == 1, "rows that take turns stand in transposed tensors")
    return all.part(from: first + stack.firstRow * linear.inputs, shape: [linear.outputs, linear.inputs])
  }

  /// The tensor that holds a linear layer's bias, alone or among those of all experts.
  func biasTensor(_ linear: Linear) throws(CheckpointError) -> Tensor {
    let name = "\(linear.module).bias"
    if let stack = linear.stack, let all = stack.bias, tensor(name) == nil, tensor(all) != nil {
      return try required(all, shape: [stack.experts, stack.height])
    }
    return try required(name, shape: [linear.outputs])
  }

  /// The first numbers of a linear layer's bias, (count).
  func bias(_ linear: Linear, count: Int) throws(CheckpointError) -> [Float] {
    let tensor = try biasTensor(linear)
    return try readingWeights { () throws(SafetensorsError) in
      guard let stack = linear.stack, tensor.shape.count == 2 else { return try tensor.floats(0..<count) }
      let first = stack.expert * stack.height
      let all = try tensor.floats(first..<first + stack.height)
      return (0..<count).map { all[stack.row($0)] }
    }
  }

  /// A table; a tied one may stand under the head's name.
  func table(_ table: Embedding) throws(CheckpointError) -> any WeightStore {
    let head = description.head.linear.module
    let isUnderHead =
      table == description.embedding.tokens && description.head.isTied && tensor("\(table.module).weight") == nil
      && tensor("\(head).weight") != nil
    return try store(isUnderHead ? head : table.module, shape: [table.rows, table.columns])
  }

  /// Whether the files hold a head or tie it to the token table. Inner models are saved without one; only losses and
  /// knock-outs need it.
  var hasHead: Bool { description.head.isTied || storesHead }

  /// Modules that the files hold beside the decoder, by the first part of their names: a classifier, a vision tower.
  var modulesBeside: [String] {
    Set(folder.tensors.keys.filter { names.canonical($0.text) == nil }.compactMap { $0.text.components.first }).sorted()
  }

  /// Whether the files hold a head of its own.
  var storesHead: Bool { tensor("\(description.head.linear.module).weight") != nil }

  /// Whether head and token table are one parameter: the configuration says so and the files do not differ.
  var isHeadTied: Bool {
    guard description.head.isTied else { return false }
    let head = description.head.linear
    guard tensor("\(description.embedding.tokens.module).weight") != nil, storesHead,
      let tokens = try? table(description.embedding.tokens), let own = try? weight(head).store
    else { return true }
    return tokens.count == own.count && tokens.isIdentical(0..<own.count, to: own)
  }
}

/// Checks before anything is read.
extension Checkpoint {
  /// Everything that is wrong with the tensors: missing, misshapen, of a type that cannot be read, or without a place.
  func tensorProblems() -> [CheckpointError] {
    var used: [Tensor] = []
    var plain: [Tensor] = []
    var problems: [CheckpointError] = []
    func check(_ find: () throws(CheckpointError) -> any WeightStore) {
      do throws(CheckpointError) {
        let store = try find()
        used += store.tensors
        if let tensor = store as? Tensor { plain.append(tensor) }
      } catch { problems.append(error) }
    }
    for linear in description.linears + (hasHead ? [description.head.linear] : []) {
      check { () throws(CheckpointError) in try weight(linear).store }
      guard linear.hasBias else { continue }
      check { () throws(CheckpointError) in try biasTensor(linear) }
    }
    for attention in description.layers.map(\.attention) {
      guard let name = attention.sinks else { continue }
      check { () throws(CheckpointError) in try required(name, shape: [attention.queryHeads]) }
    }
    for name in description.layers.compactMap(\.scale) {
      check { () throws(CheckpointError) in try required(name, shape: [1]) }
    }
    for norm in description.norms {
      for module in norm.modules {
        check { () throws(CheckpointError) in try required("\(module).\(norm.gainName)", shape: norm.shape) }
        guard norm.hasBias else { continue }
        check { () throws(CheckpointError) in try required("\(module).bias", shape: norm.shape) }
      }
    }
    for (module, activation) in description.activations {
      for (name, shape) in activation.parameters {
        check { () throws(CheckpointError) in try required("\(module).\(name)", shape: shape) }
      }
    }
    for (name, shape) in description.numbers {
      check { () throws(CheckpointError) in try required(name, shape: shape) }
    }
    for experts in description.layers.compactMap(\.experts) {
      guard let name = experts.correction else { continue }
      check { () throws(CheckpointError) in try required(name, shape: [experts.experts.count]) }
    }
    for entry in description.tables { check { () throws(CheckpointError) in try table(entry) } }
    for tensor in plain where !tensor.type.isReadable {
      problems.append(
        .weights(.unsupportedType(file: tensor.file, tensor: tensor.name, type: tensor.type.rawValue)))
    }
    // What is wrong with a tensor of all experts is found once for each.
    var seen: Set<String> = []
    problems = problems.filter { seen.insert($0.description).inserted }
    return problems + strangers(used: Set(used.map { Name($0.name) }))
  }

  /// Tensors inside the model that the description has no place for: they would change what it computes.
  private func strangers(used: Set<Name>) -> [CheckpointError] {
    let stack = description.layerStack
    let biases = expectedBiases
    var problems: [CheckpointError] = []
    for (name, tensor) in folder.tensors.sorted(by: { $0.key < $1.key }) where !used.contains(name) {
      guard let path = names.canonical(name.text), !Self.isBuffer(path), !isOfPrediction(path) else { continue }
      // What no run passes through changes nothing.
      if description.unusedModules.holds(path.components.dropLast().joined(separator: ".")) { continue }
      let module = Name(path.components.dropLast().joined(separator: "."))
      // A misshapen tensor was reported already.
      let isExpected = modules.contains(module) && (path.ends(with: ".weight") || biases.contains(Name(path)))
      guard !isExpected, modules.contains(module) || path.begins(with: stack) || names.isInsidePrefix(name.text) else {
        continue
      }
      problems.append(
        .unexpectedTensor(
          file: tensor.file, tensor: name.text,
          reason: """
            a \(description.family) model as config.json describes it has no such tensor, so it cannot be left out \
            silently; extra layers, modified architectures and other forms of quantized weights are not supported
            """))
    }
    return problems
  }

  /// Whether it belongs to a layer that predicts further tokens at once.
  private func isOfPrediction(_ path: String) -> Bool {
    guard let number = path.rest(after: description.layerStack)?.components.first.flatMap({ Int($0) }) else {
      return false
    }
    let first = description.layers.count
    return number >= first && number - first < description.predictionLayers
  }

  private var expectedBiases: Set<Name> {
    let linears = (description.linears + [description.head.linear]).filter(\.hasBias).map(\.module)
    let norms = description.norms.filter(\.hasBias).flatMap(\.modules)
    return Set((linears + norms).map { Name("\($0).bias") })
  }

  /// Buffers that old checkpoints hold and that follow from the configuration.
  private static func isBuffer(_ path: String) -> Bool {
    [
      "rotary_emb.inv_freq", "rotary_emb.original_inv_freq", "rotary_emb.cos_cached", "rotary_emb.sin_cached",
      "attn.bias", "attn.masked_bias", "attention.bias", "attention.masked_bias", "position_ids",
    ].contains { path.ends(with: ".\($0)") }
  }
}

extension ModelDescription {
  /// Paths of all modules with weights.
  var moduleNames: Set<Name> {
    let paths = linears.map(\.module) + norms.flatMap(\.modules) + tables.map(\.module) + [head.linear.module]
    return Set(paths.map { Name($0) })
  }

  /// What the paths of all layers begin with: "model.layers.".
  var layerStack: String {
    // "model.layers.0.self_attn.o_proj" → "model.layers."
    let parts = layers.first?.output.module.components ?? []
    return parts.firstIndex(of: "0").map { parts[..<$0].joined(separator: ".") + "." } ?? ""
  }

  /// What the paths of the inner model begin with: "model."; the token table's path up to its first dot.
  var innerPrefix: String {
    let parts = embedding.tokens.module.components
    return parts.count > 1 ? parts[0] + "." : ""
  }
}
