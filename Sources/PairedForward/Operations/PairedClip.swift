import Architectures
import LinearAlgebra

/// x within ±bound.
func clipped(_ x: Lanes, _ bound: Float) -> Lanes {
  x.clamped(lowerBound: Lanes(repeating: -bound), upperBound: Lanes(repeating: bound))
}

/// The change of a clip, exact by case: dx where neither end is cut, 0 where both are on one side, else the way between the
/// cut ends; from a cut start, dx and what was cut off it.
func clipDelta(_ x: Lanes, _ dx: Lanes, _ bound: Float) -> Lanes {
  let (start, end) = (clipped(x, bound), clipped(x + dx, bound))
  return (end - start).replacing(with: dx + (x - start), where: end .== x + dx)
}

/// The change of min(x, bound), exact by case as that of a clip.
func upperDelta(_ x: Lanes, _ dx: Lanes, _ bound: Float) -> Lanes {
  let changed = x + dx
  let (start, end) = (upper(x, bound), upper(changed, bound))
  return (end - start).replacing(with: dx + (x - start), where: end .== changed)
}

/// The smaller of x and a bound.
func upper(_ x: Lanes, _ bound: Float) -> Lanes { x.replacing(with: bound, where: x .> bound) }

/// Bounds within a gated MLP, of what gate and up give (``GateClamp``).
struct PairedClamp: Sendable {
  private let limit: Float

  init(_ clamp: GateClamp) { limit = Float(clamp.limit) }

  /// min(gate, limit).
  func gate(_ x: Lanes) -> Lanes { upper(x, limit) }
  /// Its change.
  func gateDelta(_ x: Lanes, _ dx: Lanes) -> Lanes { upperDelta(x, dx, limit) }
  /// clip(up, ±limit) + 1.
  func up(_ x: Lanes) -> Lanes { clipped(x, limit) + 1 }
  /// Its change.
  func upDelta(_ x: Lanes, _ dx: Lanes) -> Lanes { clipDelta(x, dx, limit) }
}

/// The clip's change for each unit of its argument's: the secant, and where nothing changes the slope.
func clipSecant(_ x: Lanes, _ dx: Lanes, _ bound: Float) -> Lanes {
  let isInside = clipped(x, bound) .== x
  let isWhole = isInside .& (clipped(x + dx, bound) .== x + dx)
  let slope = Lanes().replacing(with: 1, where: isInside)
  return (clipDelta(x, dx, bound) / dx).replacing(with: slope, where: dx .== 0).replacing(with: 1, where: isWhole)
}
