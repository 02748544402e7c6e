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
      let gates = try model.activate(model.apply(projection, at: .gate, to: x), mlp)
      inner = gates * up
      gate = gates
    } else {
      inner = try model.activate(up, mlp)
    }
  }
}

extension ReferenceModel {
  /// The non-linearity of every value; the change of its numbers is switched on token by token.
  func activate(_ x: TokenVectors, _ mlp: MLPDescription) throws(CheckpointError) -> TokenVectors {
    var y = x
    guard let module = mlp.activationModule else {
      y.values = x.values.map { mlp.activation($0) }
      return y
    }
    let base = SIMD4<Double>(try model.parameters(of: mlp.activation, module))
    let change = adaptation?.activations[module].map { SIMD4<Double>($0) } ?? .zero
    for (row, position) in x.positions.enumerated() {
      let numbers = base + change * (masks.common.other?[position] ?? 1)
      for index in row * x.width..<(row + 1) * x.width { y.values[index] = xielu(x.values[index], numbers) }
    }
    return y
  }
}

extension SIMD4<Double> {
  fileprivate init(_ numbers: ActivationNumbers) {
    self.init(Double(numbers.alphaP), Double(numbers.alphaN), Double(numbers.beta), Double(numbers.epsilon))
  }
}
