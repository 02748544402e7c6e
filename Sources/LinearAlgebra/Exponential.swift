/// eˣ and eˣ − 1 for eight arguments at once.
///
/// x = n·ln 2 + r with |r| ≤ ½ ln 2; eʳ − 1 is r + r²·P(r) with a polynomial of degree 5 fitted to a relative error
/// below 2⁻²⁵. Arguments beyond ±87 count as ±87, so results stay finite and normal.
@inlinable @inline(__always)
func reduced(_ x: Lanes) -> (expm1: Lanes, scale: Lanes) {
  let limit = Lanes(repeating: 87)
  var clamped = x.replacing(with: limit, where: x .> limit)
  clamped = clamped.replacing(with: -limit, where: clamped .< -limit)
  // Adding 1.5·2²³ rounds to the nearest integer, which then stands in the low bits.
  let shifter = Lanes(repeating: 12_582_912)
  let shifted = clamped * 1.442_695_041 + shifter
  let n = shifted - shifter
  let r = (clamped - n * 0.693_359_375) - n * -2.121_944_4e-4
  var p = Lanes(repeating: 1.987_569_15e-4)
  p = p * r + 1.398_199_95e-3
  p = p * r + 8.333_451_9e-3
  p = p * r + 4.166_579_6e-2
  p = p * r + 1.666_666_55e-1
  p = p * r + 5.000_000_1e-1
  let bits = unsafeBitCast(shifted, to: SIMD8<UInt32>.self) &- 0x4B40_0000 &+ 127
  return (r + (r * r) * p, unsafeBitCast(bits &<< 23, to: Lanes.self))
}

/// eˣ, relative error below 2e-7. Arguments beyond ±87 count as ±87.
@inlinable @inline(__always)
public func exponential(_ x: Lanes) -> Lanes {
  let (expm1, scale) = reduced(x)
  return scale + scale * expm1
}

/// eˣ − 1 without cancellation, relative error below 4e-7. Arguments beyond ±87 count as ±87.
@inlinable @inline(__always)
public func exponentialMinusOne(_ x: Lanes) -> Lanes {
  let (expm1, scale) = reduced(x)
  return scale * expm1 + (scale - 1)
}
