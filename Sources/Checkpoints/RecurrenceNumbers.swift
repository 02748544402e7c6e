import Architectures
import Safetensors
import StrictJSON

extension Checkpoint {
  /// A small tensor, element by element.
  func numbers(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    let tensor = try required(name, shape: shape)
    return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }
  }
}

extension Model {
  /// A tensor that is no linear layer's, no norm's and no table's (``ModelDescription/numbers``), element by element, with what merged
  /// adapters changed in it.
  /// - Throws: ``CheckpointError`` when it is missing, misshapen, or holds NaN or infinity.
  public func numbers(_ name: String, shape: [Int]) throws(CheckpointError) -> [Float] {
    merging(try checkpoint.numbers(name, shape: shape), name)
  }
}
