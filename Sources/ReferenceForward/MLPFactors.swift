import Architectures
import Checkpoints

/// What a layer's MLP computes before its last projection.
struct MLPFactors {
  /// activation(gate·x), nil without a gate.
  var gate: TokenVectors?
  /// up·x.
  var up: TokenVectors
  /// What down reads: activation(gate x) × up x, or activation(up x) without a gate.
  var inner: TokenVectors

  init(
    _ mlp: MLPDescription, of model: ReferenceModel, reading x: TokenVectors
  ) throws(CheckpointError) {
    up = try model.apply(mlp.up, at: .up, to: x)
    inner = up
    if let projection = mlp.gate {
      var gates = try model.apply(projection, at: .gate, to: x)
      for index in gates.values.indices {
        gates.values[index] = mlp.activation(gates.values[index])
        inner.values[index] *= gates.values[index]
      }
      gate = gates
    } else {
      inner.values = inner.values.map { mlp.activation($0) }
    }
  }
}
