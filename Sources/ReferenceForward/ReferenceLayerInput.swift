import Architectures
import Checkpoints

/// What layers are given beside the stream, and what is done to the stream behind both halves.
extension ReferenceModel {
  /// By layer, u = f·(N(s·P x₀) + t·T[token]); nil where layers get nothing.
  func layerInputs(_ tokens: [Int], embedded x: TokenVectors) throws(CheckpointError) -> [TokenVectors]? {
    guard let inputs = description.layerInputs else { return nil }
    let projected = try apply(Projection(inputs.projection), to: x) * inputs.projectionScale
    let all = try normalize(projected, inputs.norm) + look(up: tokens, in: inputs.tokens) * Double(inputs.tokenScale)
    return description.layers.indices.map { all.columns(inputs.columns(ofLayer: $0)) * inputs.factor }
  }

  /// The stream as it leaves a layer, (h + w)·c + dc·(h + w) with w = N(P·(a(G·h) × u)), and the two things that are written: w and
  /// dc·(h + w), c's change switched on token by token.
  func leave(
    _ layer: LayerDescription, _ stream: TokenVectors, with input: TokenVectors?
  ) throws(CheckpointError) -> (stream: TokenVectors, writes: [StreamWriter.Part: TokenVectors]) {
    var (stream, writes) = (stream, [StreamWriter.Part: TokenVectors]())
    if let own = layer.input, let input {
      var gate = try apply(Projection(own.gate), to: stream)
      gate.values = gate.values.map { own.activation($0) }
      let made = try normalize(apply(Projection(own.projection), to: gate * input), own.norm)
      stream.add(made)
      writes[.input] = made
    }
    guard let name = layer.scale else { return (stream, writes) }
    let change = Double(adaptation?.streamScales[name] ?? 0)
    var added = stream
    for (row, position) in stream.positions.enumerated() {
      let factor = change * (masks.common.other?[position] ?? 1)
      for index in row * stream.width..<(row + 1) * stream.width { added.values[index] *= factor }
    }
    writes[.scale] = added
    return (stream * Double(try model.scale(of: layer)) + added, writes)
  }

  /// By layer, the factor on the stream as it leaves it.
  func streamScales() throws(CheckpointError) -> [Double] {
    try description.layers.map { layer throws(CheckpointError) in Double(try model.scale(of: layer)) }
  }
}
