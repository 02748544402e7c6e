import Architectures
import Checkpoints

/// What a layer's attention wrote to the stream's change, head by head.
struct HeadWrites {
  /// What belongs to no head (the change of the output projection's bias, and what a norm behind it adds), then by head W_O,h·dz + dW_O,h·z′
  /// through that norm, (tokens × hidden) each.
  let parts: [TokenVectors]

  init(
    _ layer: LayerDescription, base: ReferenceLayerDetails, adapted: ReferenceLayerDetails, of model: ReferenceModel
  ) throws(CheckpointError) {
    let (output, attention) = (Projection(layer.attention.output), layer.attention)
    let (change, read) = (adapted.mixed - base.mixed, adapted.mixed)
    var rest = TokenVectors(positions: read.positions, width: attention.output.outputs)
    model.addBiasChange(of: output, at: .o, to: &rest)
    var parts = [rest]
    for head in 0..<attention.queryHeads {
      let columns = head * attention.headDimension..<(head + 1) * attention.headDimension
      var own = try model.base(output, times: change.keeping(columns))
      own.add(try model.change(of: output, at: .o, times: read.keeping(columns)))
      parts.append(own)
    }
    if let norm = layer.attentionOutputNorm {
      let unchanged = ReferenceModel(model: model.model, adaptation: nil, threads: model.threads)
      let carrier = try NormCarrier(
        norm, of: model, base: unchanged.apply(output, at: .o, to: base.mixed),
        adapted: model.apply(output, at: .o, to: read))
      parts = parts.map(carrier.carry)
      let added = carrier.rest
      parts[0] = parts[0] + added.length + added.gain
    }
    self.parts = parts.map { $0 * Double(layer.residualMultiplier) }
  }
}

extension TokenVectors {
  /// The vectors with other columns set to zero.
  fileprivate func keeping(_ columns: Range<Int>) -> TokenVectors {
    var kept = TokenVectors(positions: positions, width: width)
    for row in positions.indices.map({ $0 - positions.lowerBound }) {
      for column in columns { kept.values[row * width + column] = values[row * width + column] }
    }
    return kept
  }
}
