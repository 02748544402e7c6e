import Foundation

/// Copies floats from any address.
extension UnsafeMutablePointer<Float> {
  func updateRaw(from source: UnsafeRawPointer, count: Int) {
    UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: 4 * count)
  }
}

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

/// F16: exponent and fraction move into a Float's place, whose exponent is then corrected by a product with 2¹¹²; that
/// renders subnormal numbers too. Infinity and NaN keep their exponent of ones.
func widenFloat16(_ source: UnsafeRawPointer, _ count: Int, into target: UnsafeMutablePointer<Float>) {
  for index in 0..<count {
    let half = UInt32(source.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
    let sign = (half & 0x8000) << 16
    let body = (half & 0x7FFF) << 13
    let special: UInt32 = half & 0x7C00 == 0x7C00 ? 0x7F80_0000 : 0
    let scaled = Float(bitPattern: body) * 0x1p112
    target[index] = Float(bitPattern: scaled.bitPattern | sign | special)
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
