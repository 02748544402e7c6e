import Foundation

// Kernels from stored numbers to Float and Double. Nothing in a file is aligned by promise, so every load is unaligned.

/// BF16 is the upper half of a Float.
func widenBFloat16(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
  var index = 0
  while index + 8 <= count {
    let half = source.loadUnaligned(fromByteOffset: 2 * index, as: SIMD8<UInt16>.self)
    let bits = SIMD8<UInt32>(truncatingIfNeeded: half) &<< 16
    UnsafeMutableRawPointer(target + index).storeBytes(of: bits, as: SIMD8<UInt32>.self)
    index += 8
  }
  while index < count {
    let half = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
    target[index] = Float(bitPattern: UInt32(half) << 16)
    index += 1
  }
}

/// F16 by bit tricks, eight at a time; see ``widenedFloat16(_:)``.
func widenFloat16(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
  var index = 0
  while index + 8 <= count {
    let half = source.loadUnaligned(fromByteOffset: 2 * index, as: SIMD8<UInt16>.self)
    let bits = widenedFloat16(SIMD8<UInt32>(truncatingIfNeeded: half))
    UnsafeMutableRawPointer(target + index).storeBytes(of: bits, as: SIMD8<UInt32>.self)
    index += 8
  }
  while index < count {
    let half = source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self)
    target[index] = Float(bitPattern: widenedFloat16(SIMD8(repeating: UInt32(half)))[0])
    index += 1
  }
}

/// Exponent and fraction move to a Float's place and the exponent's bias is corrected: 112 for normal numbers, twice
/// that for infinity and NaN. A subnormal number gets an exponent whose value, 2⁻¹⁴, is subtracted again.
private func widenedFloat16(_ half: SIMD8<UInt32>) -> SIMD8<UInt32> {
  let sign = (half & 0x8000) &<< 16
  let body = (half & 0x7FFF) &<< 13
  let exponent = half & 0x7C00
  let normal = body &+ (112 &<< 23)
  let special = body &+ (224 &<< 23)
  let shifted = unsafeBitCast(body &+ (113 &<< 23), to: SIMD8<Float>.self)
  let subnormal = unsafeBitCast(shifted - 0x1p-14, to: SIMD8<UInt32>.self)
  let magnitude = normal.replacing(with: special, where: exponent .== 0x7C00)
    .replacing(with: subnormal, where: exponent .== 0)
  return magnitude | sign
}

/// F64 rounded to the nearest Float; beyond its range that is infinity, which callers refuse.
func narrowFloat64(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
  for index in 0..<count {
    target[index] = Float(source.loadUnaligned(fromByteOffset: 8 * index, as: Double.self))
  }
}

/// Whether no element is NaN or infinite: x − x is 0 for finite numbers and NaN else.
func areFinite(_ values: UnsafePointer<Float>, _ count: Int) -> Bool {
  var sum = SIMD8<Float>()
  var index = 0
  while index + 8 <= count {
    let lanes = UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self)
    sum += lanes - lanes
    index += 8
  }
  var rest: Float = 0
  while index < count {
    rest += values[index] - values[index]
    index += 1
  }
  return rest == 0 && sum == SIMD8<Float>()
}
