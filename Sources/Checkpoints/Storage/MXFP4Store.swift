import Architectures
import Safetensors

/// Four bits a value, e2m1 (two bits of exponent, one of fraction), times a power of two for each 32 inputs
/// (`transformers.integrations.mxfp4.convert_moe_packed_tensors`): some rows of one expert's matrix in tensors of all experts, which are
/// (experts, rows, groups, 16) bytes, the low half first, and (experts, rows, groups) exponents.
struct MXFP4Store: WeightStore {
  let tensors: [Tensor]
  let count: Int
  let form = "MXFP4"
  private let stack: WeightStack
  private let inputs: Int

  /// Inputs that share an exponent.
  private static let group = 32
  /// What a code stands for.
  private static let values: [Float] = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6]

  /// The rows of a linear layer, whose stack the tensors hold.
  init(
    _ linear: Linear, _ stack: WeightStack, blocks: Tensor, in checkpoint: Checkpoint
  ) throws(CheckpointError) {
    let parts = StoredParts(checkpoint: checkpoint, prefix: stack.tensor, module: linear.module)
    guard linear.inputs % Self.group == 0 else {
      throw parts.error(blocks, "rows of \(linear.inputs) inputs cannot be blocks of \(Self.group)")
    }
    let shape = [stack.experts, stack.height, linear.inputs / Self.group]
    guard blocks.shape == shape + [Self.group / 2] else { throw parts.misshapen(blocks, shape + [Self.group / 2]) }
    guard blocks.type == .uint8 else {
      throw .weights(.unsupportedType(file: blocks.file, tensor: blocks.name, type: blocks.type.rawValue))
    }
    tensors = [blocks, try parts.part("_scales", shape: shape, isPacked: true)]
    count = linear.outputs * linear.inputs
    self.stack = stack
    inputs = linear.inputs
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    let (bytes, exponents) = (tensors[0].bytes, tensors[1].bytes)
    let groups = inputs / Self.group
    var index = elements.lowerBound
    var isFinite = true
    Self.values.withUnsafeBufferPointer { values in
      while index < elements.upperBound {
        let (row, column) = (index / inputs, index % inputs)
        let place = (stack.expert * stack.height + stack.row(row)) * groups + column / Self.group
        let scale = Float(sign: .plus, exponent: Int(exponents[place]) - 127, significand: 1)
        isFinite = isFinite && scale.isFinite && exponents[place] != 255
        let end = min(index + Self.group - column % Self.group, elements.upperBound)
        for element in index..<end {
          let offset = element - index + column % Self.group
          let byte = bytes[place * (Self.group / 2) + offset / 2]
          let value = values[Int(offset % 2 == 0 ? byte & 15 : byte >> 4)] * scale
          isFinite = isFinite && value.isFinite
          target[element - elements.lowerBound] = value
        }
        index = end
      }
    }
    guard isFinite else { throw .nonFinite(file: tensors[0].file, tensor: tensors[0].name) }
  }

  /// Other rows of the same tensors are other values.
  func isIdentical(_ elements: Range<Int>, to other: any WeightStore) -> Bool {
    guard let other = other as? MXFP4Store, other.stack == stack, other.inputs == inputs else { return false }
    return elements == 0..<count && zip(tensors, other.tensors).allSatisfy { $0.isIdentical(to: $1) }
  }
}
