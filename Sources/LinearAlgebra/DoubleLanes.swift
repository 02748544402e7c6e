/// Eight doubles, the width of vector kernels whose roundings single precision would show.
public typealias DoubleLanes = SIMD8<Double>

/// Reads eight numbers.
@inlinable @inline(__always)
public func read(_ source: UnsafePointer<Double>) -> DoubleLanes {
  UnsafeRawPointer(source).loadUnaligned(as: DoubleLanes.self)
}

/// Writes eight numbers.
@inlinable @inline(__always)
public func write(_ lanes: DoubleLanes, _ target: UnsafeMutablePointer<Double>) {
  UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: DoubleLanes.self)
}

/// Reads the lanes that begin at `offset` of `count` floats, in double precision; lanes beyond the end are 0.
@inlinable @inline(__always)
public func readDoubles(_ source: UnsafePointer<Float>, _ offset: Int, _ count: Int) -> DoubleLanes {
  DoubleLanes(read(source, offset, count))
}

/// Rounds lanes and writes those that begin at `offset` of `count` floats; lanes beyond the end are dropped.
@inlinable @inline(__always)
public func writeRounded(_ lanes: DoubleLanes, _ target: UnsafeMutablePointer<Float>, _ offset: Int, _ count: Int) {
  write(Lanes(lanes), target, offset, count)
}

/// eˣ and eˣ − 1, without cancellation, for eight arguments at once, with a relative error below 1e-15. Arguments beyond ±708 count as
/// ±708, so results stay finite and normal.
///
/// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ − 1 is r + r²·P(r), with the powers of its series up to the thirteenth.
@inlinable @inline(__always)
public func exponentials(_ x: DoubleLanes) -> (exp: DoubleLanes, expm1: DoubleLanes) {
  let limit = DoubleLanes(repeating: 708)
  var clamped = x.replacing(with: limit, where: x .> limit)
  clamped = clamped.replacing(with: -limit, where: clamped .< -limit)
  // Adding 1.5·2⁵² rounds to the nearest integer, which then stands in the low bits.
  let shifter = DoubleLanes(repeating: 6_755_399_441_055_744)
  let shifted = clamped * 1.442_695_040_888_963_4 + shifter
  let n = shifted - shifter
  // ln 2 in two parts; the first has so few bits that n times it is exact.
  let r = (clamped - n * 6.931_471_803_691_238e-1) - n * 1.908_214_929_270_587_7e-10
  // 1/13!, …, 1/2!.
  var p = DoubleLanes(repeating: 1.605_904_383_682_161_3e-10)
  p = p * r + 2.087_675_698_786_81e-9
  p = p * r + 2.505_210_838_544_172e-8
  p = p * r + 2.755_731_922_398_589e-7
  p = p * r + 2.755_731_922_398_589_3e-6
  p = p * r + 2.480_158_730_158_730_2e-5
  p = p * r + 1.984_126_984_126_984e-4
  p = p * r + 1.388_888_888_888_889e-3
  p = p * r + 8.333_333_333_333_333e-3
  p = p * r + 4.166_666_666_666_666_4e-2
  p = p * r + 1.666_666_666_666_666_6e-1
  p = p * r + 5e-1
  let power = r + (r * r) * p
  let bits = unsafeBitCast(shifted, to: SIMD8<UInt64>.self) &- 0x4338_0000_0000_0000 &+ 1023
  let scale = unsafeBitCast(bits &<< 52, to: DoubleLanes.self)
  return (scale + scale * power, scale * power + (scale - 1))
}
