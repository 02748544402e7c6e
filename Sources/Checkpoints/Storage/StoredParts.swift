import Architectures
import Safetensors

/// The tensors beside a packed weight, under names that begin with its module's or its own.
struct StoredParts {
  let checkpoint: Checkpoint
  /// What their names begin with.
  let prefix: String
  /// The module, for messages.
  let module: String

  /// One of them, of a shape; packed ones are single bytes.
  func part(_ ending: String, shape: [Int], isPacked: Bool = false) throws(CheckpointError) -> Tensor {
    let tensor = try checkpoint.beside(prefix + ending, shape: shape)
    guard tensor.shape == shape else { throw misshapen(tensor, shape) }
    guard isPacked ? tensor.type == .uint8 : tensor.type.isReadable else {
      throw .weights(.unsupportedType(file: tensor.file, tensor: tensor.name, type: tensor.type.rawValue))
    }
    return tensor
  }

  /// All numbers of a small tensor.
  func floats(_ tensor: Tensor) throws(CheckpointError) -> [Float] {
    try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }

  func error(_ tensor: Tensor, _ reason: String) -> CheckpointError {
    .unexpectedTensor(file: tensor.file, tensor: tensor.name, reason: reason)
  }

  func misshapen(_ tensor: Tensor, _ shape: [Int]) -> CheckpointError {
    .shape(
      file: tensor.file, tensor: tensor.name, found: tensor.shape, expected: shape,
      origin: ShapeOrigin(adapter: [], model: checkpoint.description.members(behind: module)))
  }
}
