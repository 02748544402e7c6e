import Architectures
import Checkpoints

/// The feed-forward half of one layer with its intermediate vectors.
struct ReferenceMLP {
  /// What gate and up read.
  var input: TokenVectors
  /// activation(gate·x), nil without a gate.
  var gate: TokenVectors?
  /// up·x.
  var up: TokenVectors
  /// What down reads: activation(gate x) × up x, or activation(up x) without a gate.
  var inner: TokenVectors
  /// What goes to the stream.
  var output: TokenVectors

  init(
    _ mlp: MLPDescription, of model: ReferenceModel, reading x: TokenVectors
  ) throws(CheckpointError) {
    input = x
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
    output = try model.apply(Projection(mlp.down), at: .down, to: inner)
  }
}
