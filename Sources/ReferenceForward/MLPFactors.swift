import Architectures
import Checkpoints
import Foundation

/// What a layer's MLP computes before its last projection.
struct MLPFactors {
  /// activation(gate·x), nil without a gate.
  var gate: TokenVectors?
  /// up·x.
  var up: TokenVectors
  /// What down reads: activation(gate x) × up x, or activation(up x) without a gate.
  var inner: TokenVectors

  init(
    _ mlp: MLPDescription, of model: ReferenceModel, reading x: TokenVectors, isExpert: Bool = false
  ) throws(CheckpointError) {
    up = try model.apply(mlp.up, at: isExpert ? .expertUp : .up, to: x)
    if let clamp = mlp.clamp { up.values = up.values.map { min(max($0, -clamp.limit), clamp.limit) + 1 } }
    inner = up
    if let projection = mlp.gate {
      let gates = try model.activate(model.apply(projection, at: isExpert ? .expertGate : .gate, to: x), mlp)
      inner = gates * up
      gate = gates
    } else {
      inner = try model.activate(up, mlp)
    }
  }
}

extension ReferenceModel {
  /// What a layer's feed-forward half adds: its dense MLP, its experts, or both.
  func feed(
    _ layer: LayerDescription, _ input: FeedInput, leavingOut omission: LayerOmission? = nil
  ) throws(CheckpointError) -> TokenVectors {
    let x = input.dense
    var sum = TokenVectors(positions: x.positions, width: description.hiddenSize)
    if let mlp = layer.mlp {
      var output = try feed(mlp, x)
      if let gate = layer.experts?.sharedGate {
        let logits = try apply(Projection(gate), at: .router, to: x).values
        for index in output.values.indices { output.values[index] /= 1 + exp(-logits[index / output.width]) }
      }
      sum.add(try normalize(output, layer.experts?.norms?.dense))
    }
    if let experts = layer.experts {
      let mixture = try ReferenceMixture(experts, of: self, reading: input)
      var mixed = try omission?.mix(mixture, experts, of: self)
      if mixed == nil { mixed = try mixture.output() }
      if let mixed { sum.add(try normalize(mixed, experts.norms?.output)) }
    }
    return sum
  }

  /// What an MLP makes of some tokens.
  func feed(
    _ mlp: MLPDescription, _ x: TokenVectors, isExpert: Bool = false
  ) throws(CheckpointError) -> TokenVectors {
    try apply(
      Projection(mlp.down), at: isExpert ? .expertDown : .down,
      to: MLPFactors(mlp, of: self, reading: x, isExpert: isExpert).inner)
  }

  /// The non-linearity of every value; the change of its numbers is switched on token by token.
  func activate(_ x: TokenVectors, _ mlp: MLPDescription) throws(CheckpointError) -> TokenVectors {
    var y = x
    if let clamp = mlp.clamp {
      y.values = x.values.map {
        let gate = min($0, clamp.limit)
        return gate / (1 + exp(-clamp.slope * gate))
      }
      return y
    }
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
