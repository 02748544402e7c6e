import Architectures
import Safetensors
import StrictJSON

extension Recurrence {
  /// Whether a path is that of its convolution, of another of its tensors, or of what they belong to.
  func holds(_ path: String) -> Bool { numbers.contains { $0.name.begins(with: path) } }
}

extension Checkpoint {
  /// A small tensor, element by element.
  func numbers(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    let tensor = try required(name, shape: shape)
    return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }
}

extension Model {
  /// A tensor that is no linear layer's, no norm's and no table's (``ModelDescription/numbers``), element by element; no adapter changes it.
  /// - Throws: ``CheckpointError`` when it is missing, misshapen, or holds NaN or infinity.
  public func numbers(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    try checkpoint.numbers(name, shape: shape)
  }
}
