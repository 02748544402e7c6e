import Architectures
import Checkpoints

/// The convolution of a recurrence as a product, before its bias.
extension ReferenceModel {
  /// What it reads of each token, (tokens × channels).
  func convolutionInput(
    _ recurrence: Recurrence, reading x: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    switch recurrence {
    case .deltaRule(let rule):
      var joined = TokenVectors(positions: x.positions, width: rule.convolution.channels)
      for (projection, column) in [(rule.query, 0), (rule.key, rule.keyWidth), (rule.value, 2 * rule.keyWidth)] {
        joined.add(try apply(projection, at: .recurrence, to: x), column: column)
      }
      return joined
    case .convolution(let short):
      let all = try apply(Projection(short.input), at: .recurrence, to: x)
      let width = short.convolution.channels
      return all.columns(0..<width) * all.columns(2 * width..<3 * width)
    }
  }

  /// dw·x, w·dx and dw·dx.
  func convolutionTerms(
    _ convolution: DepthwiseConvolution, base x: TokenVectors, adapted: TokenVectors
  ) throws(CheckpointError) -> [TokenVectors] {
    let weight = try numbers(convolution.numbers[0].name, convolution.numbers[0].shape)
    var terms = Array(repeating: TokenVectors(positions: x.positions, width: x.width), count: 3)
    for (row, position) in x.positions.enumerated() {
      for channel in 0..<x.width {
        for place in max(0, convolution.kernel - 1 - row)..<convolution.kernel {
          let index = channel * convolution.kernel + place
          let source = (row - convolution.kernel + 1 + place) * x.width + channel
          let (w, dx) = (Double(weight.base[index]), adapted.values[source] - x.values[source])
          let dw = weight.value(index, at: position) - w
          terms[0].values[row * x.width + channel] += dw * x.values[source]
          terms[1].values[row * x.width + channel] += w * dx
          terms[2].values[row * x.width + channel] += dw * dx
        }
      }
    }
    return terms
  }
}
