import Architectures
import Safetensors
import StrictJSON

/// Which form a weight is stored in.
extension Checkpoint {
  /// The weight of a module, (rows, columns) as the file has it.
  /// - Throws: ``CheckpointError`` naming the tensor that is missing, misshapen or of a form that cannot be read.
  func store(_ module: String, shape: [Int]) throws(CheckpointError) -> any WeightStore {
    let name = "\(module).weight"
    guard let weight = tensor(name), shape.count == 2 else { return try required(name, shape: shape) }
    let besideIt = StoredParts(checkpoint: self, prefix: name, module: module)
    switch storage.method {
    case .bitsandbytes:
      // The bytes may be labelled as a type of numbers.
      for kind in ["nf4", "fp4"] {
        guard let state = tensor("\(name).quant_state.bitsandbytes__\(kind)") else { continue }
        return try BitsAndBytesStore(besideIt, weight: weight, state: state, shape: shape)
      }
      guard weight.type.isReadable else { throw missing("\(name).quant_state.bitsandbytes__nf4", shape: []) }
      return try required(name, shape: shape)
    case .fp8(let block) where weight.type == .float8E4M3:
      guard let scales = tensor("\(name)_scale_inv") else { throw missing("\(name)_scale_inv", shape: []) }
      return try FP8Store(besideIt, weight: weight, scales: scales, block: block, shape: shape)
    case .mlx(let groups) where weight.type == .uint32:
      return try MLXStore(
        StoredParts(checkpoint: self, prefix: module, module: module), weight: weight,
        group: groups[[String(weight.name.dropLast(".weight".count)), module]], shape: shape)
    default: return try required(name, shape: shape)
    }
  }

  /// A tensor that must stand beside a packed weight.
  func beside(_ name: String, shape: [Int]) throws(CheckpointError) -> Tensor {
    guard let tensor = tensor(name) else { throw missing(name, shape: shape) }
    return tensor
  }

  /// The form of most weights, and the number of weights that the files stand for.
  func contents() -> (form: String, parameters: Int) {
    guard storage.method != .plain else { return (folder.storedType, folder.parameters) }
    var forms: [String: Int] = [:]
    var parameters = folder.parameters
    var packed: Set<Name> = []
    for store in stores() {
      forms[store.form, default: 0] += store.count
      guard !(store is Tensor) else { continue }
      parameters += store.count
      for tensor in store.tensors where packed.insert(Name(tensor.name)).inserted { parameters -= tensor.count }
    }
    let form = forms.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key
    return (form ?? folder.storedType, parameters)
  }

  /// Everything that may be packed: linear layers, head and tables, each once.
  private func stores() -> [any WeightStore] {
    var seen: Set<String> = []
    let linears = description.linears + (hasHead ? [description.head.linear] : [])
    let all = linears.compactMap { try? weight($0).store } + description.tables.compactMap { try? table($0) }
    // Experts share packed tensors, of which each has values of its own.
    return all.filter { $0 is MXFP4Store || seen.insert($0.tensors[0].name).inserted }
  }
}
