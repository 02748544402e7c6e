import Safetensors

/// Eight bits a value, e4m3 (four bits of exponent, three of fraction, no infinity), times a scale for each block of rows and
/// columns (`transformers.integrations.finegrained_fp8`).
struct FP8Store: WeightStore {
  let tensors: [Tensor]
  let form = "FP8"
  private let columns: Int
  private let block: (rows: Int, columns: Int)
  private let blocksAcross: Int
  private let scales: [Float]

  var count: Int { tensors[0].count }

  /// A weight of (rows, columns) with its scales beside it.
  init(
    _ parts: StoredParts, weight: Tensor, scales tensor: Tensor, block: [Int]?, shape: [Int]
  ) throws(CheckpointError) {
    guard weight.shape == shape, shape.count == 2 else { throw parts.misshapen(weight, shape) }
    columns = shape[1]
    let isOne = tensor.count == 1
    guard isOne || block != nil else {
      throw parts.error(
        tensor, "config.json has no weight_block_size, so that one number is expected, \(tensor.count) were found")
    }
    self.block = isOne ? (shape[0], shape[1]) : (block?[0] ?? shape[0], block?[1] ?? shape[1])
    let down = (shape[0] + self.block.rows - 1) / self.block.rows
    blocksAcross = (shape[1] + self.block.columns - 1) / self.block.columns
    guard tensor.count == down * blocksAcross, isOne || tensor.shape == [down, blocksAcross] else {
      throw parts.misshapen(tensor, [down, blocksAcross])
    }
    switch tensor.type {
    // An exponent alone.
    case .uint8, .float8E8M0: scales = tensor.bytes.map { Float(sign: .plus, exponent: Int($0) - 127, significand: 1) }
    default: scales = try parts.floats(tensor)
    }
    tensors = [weight, tensor]
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    let bytes = tensors[0].bytes
    var index = elements.lowerBound
    var isFinite = true
    Self.values.withUnsafeBufferPointer { values in
      while index < elements.upperBound {
        let (row, column) = (index / columns, index % columns)
        let scale = scales[row / block.rows * blocksAcross + column / block.columns]
        let end = min(row * columns + min((column / block.columns + 1) * block.columns, columns), elements.upperBound)
        for element in index..<end {
          let value = values[Int(bytes[element])] * scale
          isFinite = isFinite && value.isFinite
          target[element - elements.lowerBound] = value
        }
        index = end
      }
    }
    guard isFinite else { throw .nonFinite(file: tensors[0].file, tensor: tensors[0].name) }
  }

  /// What each byte stands for.
  private static let values: [Float] = (0..<256).map { byte in
    let (exponent, fraction) = (byte >> 3 & 15, Float(byte & 7))
    if byte & 127 == 127 { return .nan }
    let magnitude =
      exponent == 0
      ? Float(sign: .plus, exponent: -9, significand: fraction)
      : Float(sign: .plus, exponent: exponent - 7, significand: 1 + fraction / 8)
    return byte < 128 ? magnitude : -magnitude
  }
}
