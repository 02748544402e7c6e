import Safetensors

/// Affine groups of MLX (`mlx.core.quantize`): codes of a few bits, the low ones first, across the words of a row; code·scale + bias
/// with a scale and a bias for each group of consecutive inputs, in single precision.
struct MLXStore: WeightStore {
  let tensors: [Tensor]
  let count: Int
  let form: String
  private let group: MLXGroups.Group
  private let columns: Int

  /// A weight of (rows, columns) with its scales and biases beside it.
  init(
    _ parts: StoredParts, weight: Tensor, group: MLXGroups.Group, shape: [Int]
  ) throws(CheckpointError) {
    let (rows, columns) = (shape[0], shape[1])
    guard columns % group.size == 0, columns * group.bits % 32 == 0 else {
      throw parts.error(
        weight,
        "rows of \(columns) inputs cannot be \(group.bits)-bit codes in groups of \(group.size), as config.json says")
    }
    guard weight.shape == [rows, columns * group.bits / 32] else {
      throw parts.misshapen(weight, [rows, columns * group.bits / 32])
    }
    let groups = [rows, columns / group.size]
    tensors = [weight, try parts.part(".scales", shape: groups), try parts.part(".biases", shape: groups)]
    count = rows * columns
    form = "MLX \(group.bits)-bit"
    self.group = group
    self.columns = columns
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    guard !elements.isEmpty else { return }
    let groups = elements.lowerBound / group.size..<(elements.upperBound - 1) / group.size + 1
    let (scales, biases) = (try tensors[1].floats(groups), try tensors[2].floats(groups))
    let bytes = tensors[0].bytes
    let rowBytes = columns * group.bits / 8
    let mask = 1 << group.bits - 1
    var isFinite = true
    for place in groups {
      // A group lies within one row.
      let (scale, bias) = (scales[place - groups.lowerBound], biases[place - groups.lowerBound])
      let own = (place * group.size..<(place + 1) * group.size).clamped(to: elements)
      let row = own.lowerBound / columns
      var bit = (own.lowerBound - row * columns) * group.bits
      for element in own {
        let start = row * rowBytes + bit >> 3
        let shift = bit & 7
        // A code ends at most in the next byte.
        let next = shift + group.bits > 8 ? Int(bytes[start + 1]) << 8 : 0
        let value = Float((Int(bytes[start]) | next) >> shift & mask) * scale + bias
        isFinite = isFinite && value.isFinite
        target[element - elements.lowerBound] = value
        bit += group.bits
      }
    }
    guard isFinite else { throw .nonFinite(file: tensors[0].file, tensor: tensors[0].name) }
  }
}
