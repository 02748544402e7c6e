import Foundation
import LinearAlgebra
import Safetensors
import Testing

/// Widening against the definition of each format, at every length and alignment that matters.
struct WideningTests {
  /// The value of an F16 by its definition (IEEE 754, binary16).
  private func value(ofHalf bits: UInt16) -> Double {
    let sign = bits >> 15 == 0 ? 1.0 : -1.0
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    return exponent == 0
      ? sign * fraction * pow(2, -24) : sign * (1 + fraction / 1024) * pow(2, Double(exponent - 15))
  }

  private func tensor(_ type: String, count: Int, data: [UInt8], pad: Int = 0) throws -> Tensor {
    // A byte tensor ahead shifts the data to any alignment.
    let size = data.count
    let header = """
      {"pad":{"dtype":"U8","shape":[\(pad)],"data_offsets":[0,\(pad)]},\
      "x":{"dtype":"\(type)","shape":[\(count)],"data_offsets":[\(pad),\(pad + size)]}}
      """
    let file = try SampleFile(header, data: [UInt8](repeating: 1, count: pad) + data).open()
    return try #require(file.tensors.first { $0.name == "x" })
  }

  @Test func everyFiniteHalf() throws {
    let halves = (0...UInt16.max).filter { $0 & 0x7C00 != 0x7C00 }
    let floats = try tensor("F16", count: halves.count, data: halves.flatMap(\.littleEndianBytes)).floats()
    let wrong = zip(halves, floats).filter { Double($1) != value(ofHalf: $0) || ($1.sign == .minus) != ($0 >> 15 == 1) }
    #expect(wrong.isEmpty, "\(wrong.prefix(3))")
  }

  @Test func everyFiniteBrainHalf() throws {
    let halves = (0...UInt16.max).filter { $0 & 0x7F80 != 0x7F80 }
    let floats = try tensor("BF16", count: halves.count, data: halves.flatMap(\.littleEndianBytes)).floats()
    #expect(floats.map(\.bitPattern) == halves.map { UInt32($0) << 16 })
  }

  @Test(arguments: [1, 7, 8, 9, 1023, 4096, 4097, 10_000], [0, 1, 3, 7])
  func lengthsAndAlignments(count: Int, pad: Int) throws {
    var generator = SplitMix64(seed: UInt64(count * 8 + pad))
    let doubles = (0..<count).map { _ in Double(Int64(bitPattern: generator.next())) * 0x1p-63 }
    let floats = doubles.map { Float($0) }
    let single = try tensor("F32", count: count, data: floats.flatMap { $0.bitPattern.littleEndianBytes }, pad: pad)
    #expect(try single.floats() == floats)
    let double = try tensor("F64", count: count, data: doubles.flatMap { $0.bitPattern.littleEndianBytes }, pad: pad)
    #expect(try double.floats() == floats)
    let brain = floats.map { UInt16(truncatingIfNeeded: $0.bitPattern >> 16) }
    let short = try tensor("BF16", count: count, data: brain.flatMap(\.littleEndianBytes), pad: pad)
    #expect(try short.floats() == brain.map { Float(bitPattern: UInt32($0) << 16) })
    #expect(try short.floats(count / 2..<count) == Array(try short.floats()[(count / 2)...]))
  }

  @Test func doublesAreKept() throws {
    let values = [1 + 0x1p-50, -3.25, 0x1p-140]
    let tensor = try tensor("F64", count: 3, data: values.flatMap { $0.bitPattern.littleEndianBytes })
    var wide = [Double](repeating: 0, count: 3)
    try wide.withUnsafeMutableBufferPointer { try tensor.widen(0..<3, into: try #require($0.baseAddress)) }
    #expect(wide == values)
  }

  @Test(arguments: [
    ("F32", Float.nan.bitPattern.littleEndianBytes), ("F32", Float.infinity.bitPattern.littleEndianBytes),
    ("F16", UInt16(0x7C00).littleEndianBytes), ("F16", UInt16(0xFE00).littleEndianBytes),
    ("BF16", UInt16(0x7F80).littleEndianBytes), ("BF16", UInt16(0xFFC0).littleEndianBytes),
    ("F64", Double.nan.bitPattern.littleEndianBytes), ("F64", 1e300.bitPattern.littleEndianBytes),
  ])
  func nonFiniteIsRefusedWhereItIsUsed(type: String, bytes: [UInt8]) throws {
    for place in [0, 7, 8, 20] {
      var data = [UInt8](repeating: 0, count: 21 * bytes.count)
      data.replaceSubrange(place * bytes.count..<(place + 1) * bytes.count, with: bytes)
      let tensor = try tensor(type, count: 21, data: data)
      #expect(throws: SafetensorsError.nonFinite(file: "m.safetensors", tensor: "x")) { try tensor.floats() }
      // The rest of the tensor can be used.
      #expect(try tensor.floats(0..<place).allSatisfy { $0 == 0 })
    }
  }

  @Test(arguments: ElementType.allCases.filter { !$0.isReadable })
  func otherTypesAreRefusedByName(type: ElementType) throws {
    let tensor = try tensor(type.rawValue, count: 8, data: [UInt8](repeating: 0, count: type.bits))
    let error = #expect(throws: SafetensorsError.self) { try tensor.floats() }
    #expect(error == .unsupportedType(file: "m.safetensors", tensor: "x", type: type.rawValue))
    #expect(error?.description.contains("stored as \(type.rawValue);") == true)
  }

  @Test func identity() throws {
    let bytes = [1, 2, 3].flatMap { Float($0).bitPattern.littleEndianBytes }
    let first = try tensor("F32", count: 3, data: bytes)
    #expect(first.isIdentical(to: try tensor("F32", count: 3, data: bytes, pad: 3)))
    #expect(!first.isIdentical(to: try tensor("U32", count: 3, data: bytes)))
    let other = try tensor("F32", count: 3, data: bytes.dropLast() + [0])
    #expect(!first.isIdentical(to: other))
    #expect(first.isIdentical(0..<2, to: other))
  }
}
