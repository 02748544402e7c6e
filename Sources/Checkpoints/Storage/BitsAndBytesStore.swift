import Foundation
import Safetensors
import StrictJSON

/// Four bits a value by bitsandbytes (Dettmers et al., QLoRA, 2023; `bitsandbytes.functional.QuantState`): a code of 16 values, NF4
/// or FP4, times a number for each block of the flattened matrix, rounded to the type that was quantised. With two levels of
/// statistics these numbers are codes of 8 bits themselves.
struct BitsAndBytesStore: WeightStore {
  /// The type that products are rounded to.
  private enum Rounding: String {
    case float32, float16, bfloat16

    func callAsFunction(_ value: Float) -> Float {
      switch self {
      case .float32: value
      case .float16: Float(Float16(value))
      case .bfloat16: Float(bitPattern: (value.bitPattern &+ 0x7FFF &+ (value.bitPattern >> 16 & 1)) & 0xFFFF_0000)
      }
    }
  }

  /// Codes of the blocks' numbers.
  private struct Nested {
    var codes: Tensor
    var code: [Float]
    var scales: Tensor
    var blockSize: Int
    var offset: Float

    func numbers(_ blocks: Range<Int>) throws(SafetensorsError) -> [Float] {
      let outer = blocks.lowerBound / blockSize..<(blocks.upperBound - 1) / blockSize + 1
      let scales = try scales.floats(outer)
      let bytes = codes.bytes
      return blocks.map { code[Int(bytes[$0])] * scales[$0 / blockSize - outer.lowerBound] + offset }
    }
  }

  let tensors: [Tensor]
  let count: Int
  let form: String
  private let code: [Float]
  private let blockSize: Int
  private let rounding: Rounding
  private let nested: Nested?

  private var weight: Tensor { tensors[0] }
  private var numbers: Tensor { tensors[1] }

  /// A weight whose state stands in a tensor of JSON beside it.
  init(
    _ parts: StoredParts, weight: Tensor, state tensor: Tensor, shape: [Int]
  ) throws(CheckpointError) {
    let state = try readingConfiguration { () throws(JSONMemberError) in
      try JSONReader(file: "\(tensor.file): \(tensor.name)", bytes: Array(tensor.bytes.prefix(1 << 16)))
    }
    let (kind, size, stored, type, nestedSize, offset) = try readingConfiguration {
      () throws(JSONMemberError) in
      (
        try state.string("quant_type"), try state.integer("blocksize", in: 1...1 << 20),
        try state.optionalIntegers("shape") ?? [], try state.string("dtype"),
        try state.optionalInteger("nested_blocksize"), try state.optionalNumber("nested_offset")
      )
    }
    guard ["nf4", "fp4"].contains(kind), let rounding = Rounding(rawValue: type) else {
      throw parts.error(tensor, "nf4 or fp4 of float32, float16 or bfloat16 is expected, \(kind) of \(type) was found")
    }
    guard stored == shape else {
      throw parts.error(tensor, "it says the shape \(stored) where config.json says \(shape)")
    }
    let count = shape.reduce(1, *)
    guard weight.bytes.count == (count + 1) / 2 else {
      throw parts.error(weight, "\((count + 1) / 2) bytes are expected, \(weight.bytes.count) were found")
    }
    let blocks = (count + size - 1) / size
    let isNested = nestedSize != nil
    let numbers = try parts.part(".absmax", shape: [blocks], isPacked: isNested)
    let map = try parts.part(".quant_map", shape: [16])
    var tensors = [weight, numbers, map, tensor]
    nested = try nestedSize.map { nestedSize throws(CheckpointError) in
      guard (1...1 << 20).contains(nestedSize), let offset = offset.map({ Float($0) }), offset.isFinite else {
        throw parts.error(tensor, "a nested_blocksize from 1 to 1048576 and a nested_offset are expected")
      }
      let scales = try parts.part(".nested_absmax", shape: [(blocks + nestedSize - 1) / nestedSize])
      let code = try parts.part(".nested_quant_map", shape: [256])
      tensors += [scales, code]
      return Nested(
        codes: numbers, code: try parts.floats(code), scales: scales, blockSize: nestedSize, offset: offset)
    }
    self.tensors = tensors
    self.count = count
    self.rounding = rounding
    form = kind.uppercased()
    code = try parts.floats(map)
    blockSize = size
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    guard !elements.isEmpty else { return }
    let blocks = elements.lowerBound / blockSize..<(elements.upperBound - 1) / blockSize + 1
    let numbers = if let nested { try nested.numbers(blocks) } else { try self.numbers.floats(blocks) }
    let bytes = weight.bytes
    var values = [Float](repeating: 0, count: 16)
    for block in blocks {
      let number = numbers[block - blocks.lowerBound]
      for index in 0..<16 { values[index] = rounding(code[index] * number) }
      guard values.allSatisfy(\.isFinite) else { throw .nonFinite(file: weight.file, tensor: weight.name) }
      let own = (block * blockSize..<(block + 1) * blockSize).clamped(to: elements)
      values.withUnsafeBufferPointer { values in
        for element in own {
          let byte = bytes[element / 2]
          target[element - elements.lowerBound] = values[Int(element % 2 == 0 ? byte >> 4 : byte & 15)]
        }
      }
    }
  }
}
