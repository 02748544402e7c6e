import Architectures
import Safetensors

/// The factor on the stream as it leaves a layer.
extension Model {
  /// The factor; 1 where the layer has none. No adapter changes it.
  /// - Throws: ``CheckpointError`` when it is missing, misshapen, NaN or infinite.
  package func scale(of layer: LayerDescription) throws(CheckpointError) -> Float {
    try layer.scale.map { name throws(CheckpointError) in try checkpoint.scale(name) } ?? 1
  }
}

extension Checkpoint {
  fileprivate func scale(_ name: String) throws(CheckpointError) -> Float {
    let tensor = try required(name, shape: [1])
    return try readingWeights { () throws(SafetensorsError) in try tensor.floats() }[0]
  }
}

extension CheckpointDifference {
  /// The factors that differ, by the name of their tensor: new − old.
  func changedScales() throws(CheckpointError) -> [String: Float] {
    var result: [String: Float] = [:]
    for name in base.description.layers.compactMap(\.scale) {
      result[name] = difference([try other.scale(name)], [try base.checkpoint.scale(name)])?[0]
    }
    return result
  }
}
