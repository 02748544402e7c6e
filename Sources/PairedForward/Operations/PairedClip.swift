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

/// The clip's change for each unit of its argument's: the secant, and where nothing changes the slope.
func clipSecant(_ x: Lanes, _ dx: Lanes, _ bound: Float) -> Lanes {
  let isInside = clipped(x, bound) .== x
  let isWhole = isInside .& (clipped(x + dx, bound) .== x + dx)
  let slope = Lanes().replacing(with: 1, where: isInside)
  return (clipDelta(x, dx, bound) / dx).replacing(with: slope, where: dx .== 0).replacing(with: 1, where: isWhole)
}
