import Architectures
import Foundation
import LinearAlgebra

/// An activation and its change without cancellation (docs/method.md, Delta form).
struct PairedActivation: Sendable {
  let kind: Activation
  /// The numbers of a xIELU.
  private let numbers: XIELU?
  /// The factor within σ of a quick gelu.
  private let slope: Float

  /// An activation, with its numbers where it has some.
  init(_ kind: Activation, numbers: XIELU? = nil, slope: Double = 1.702) {
    precondition(kind != .xielu || numbers != nil, "a xIELU has numbers")
    self.kind = kind
    self.numbers = numbers
    self.slope = Float(slope)
  }

  /// a(x).
  @inline(__always)
  func value(_ x: Lanes) -> Lanes { point(x).value }

  /// a(x) and a(x + dx) − a(x).
  @inline(__always)
  func pair(_ x: Lanes, _ dx: Lanes) -> (value: Lanes, delta: Lanes) {
    let point = point(x)
    return (point.value, delta(point, dx))
  }

  /// What the base's value and every run's change have in common.
  struct Point {
    var x: Lanes
    var value: Lanes
    /// w, σ(w) and σ(−w) where a(x) = x·σ(w); in `sigmoid.value` Φ(x) for the exact gelu, max(x, 0) for its square.
    fileprivate var w: Lanes
    fileprivate var sigmoid: Sigmoid
  }

  /// The base's side of a change.
  @inline(__always)
  func point(_ x: Lanes) -> Point {
    switch kind {
    case .silu, .quickGelu, .geluTanh:
      let w = inner(x)
      let sigmoid = sigmoid(w)
      return Point(x: x, value: x * sigmoid.value, w: w, sigmoid: sigmoid)
    case .relu:
      return Point(x: x, value: rectified(x), w: x, sigmoid: (x, x))
    case .reluSquared:
      let r = rectified(x)
      return Point(x: x, value: r * r, w: x, sigmoid: (r, r))
    case .gelu:
      let phi = x.each(normalDistribution)
      return Point(x: x, value: x * phi, w: x, sigmoid: (phi, phi))
    case .xielu: return Point(x: x, value: numbers?.value(x) ?? x, w: x, sigmoid: (x, x))
    }
  }

  /// a(x + dx) − a(x).
  @inline(__always)
  func delta(_ point: Point, _ dx: Lanes) -> Lanes {
    let x = point.x
    switch kind {
    case .silu, .quickGelu, .geluTanh:
      let dw = innerDelta(x, dx)
      let changed = sigmoid(point.w + dw)
      return dx * changed.value + x * sigmoidDelta(of: point.sigmoid, to: changed, by: dw)
    case .relu: return rectifiedDelta(x, dx)
    case .reluSquared:
      let dr = rectifiedDelta(x, dx)
      return dr * (point.sigmoid.value * 2 + dr)
    case .xielu: return numbers?.delta(x, dx) ?? dx
    case .gelu:
      var delta = Lanes()
      for lane in 0..<8 {
        let change = normalDistributionDelta(x[lane], dx[lane])
        delta[lane] = dx[lane] * (point.sigmoid.value[lane] + change) + x[lane] * change
      }
      return delta
    }
  }

  /// The w in x·σ(w).
  @inline(__always)
  private func inner(_ x: Lanes) -> Lanes {
    switch kind {
    case .quickGelu: x * slope
    case .geluTanh: cubic(saturated(x))
    default: x
    }
  }

  /// w(x + dx) − w(x), as a product with dx.
  @inline(__always)
  private func innerDelta(_ x: Lanes, _ dx: Lanes) -> Lanes {
    switch kind {
    case .quickGelu: return dx * slope
    case .geluTanh:
      let (start, end) = (saturated(x), saturated(x + dx))
      return cubicDelta(start, dx.replacing(with: end - start, where: (start .!= x) .| (end .!= x + dx)))
    default: return dx
    }
  }
}

/// max(x, 0).
@inline(__always)
private func rectified(_ x: Lanes) -> Lanes { x.replacing(with: 0, where: x .< 0) }

/// Its change: where both are positive dx itself, not a difference.
@inline(__always)
private func rectifiedDelta(_ x: Lanes, _ dx: Lanes) -> Lanes {
  let changed = x + dx
  return (rectified(changed) - rectified(x)).replacing(with: dx, where: (x .>= 0) .& (changed .>= 0))
}

/// 2√(2/π).
private let geluScale: Float = 1.595_769_121_605_731
private let cubicWeight: Float = 0.044715

/// x within ±12, where σ(w) is 0 or 1 to all digits, so that no cube overflows.
@inline(__always)
private func saturated(_ x: Lanes) -> Lanes {
  x.clamped(lowerBound: Lanes(repeating: -12), upperBound: Lanes(repeating: 12))
}

/// 2√(2/π)(x + 0.044715x³).
@inline(__always)
private func cubic(_ x: Lanes) -> Lanes { (x + x * x * x * cubicWeight) * geluScale }

/// The change of 2√(2/π)(x + 0.044715x³): (x + dx)³ − x³ = dx·(3x² + 3x·dx + dx²).
@inline(__always)
private func cubicDelta(_ x: Lanes, _ dx: Lanes) -> Lanes {
  let squares: Lanes = x * (x + dx) * 3 + dx * dx
  return dx * (squares * cubicWeight + 1) * geluScale
}

/// σ(x) and σ(−x), neither formed as one minus the other.
private typealias Sigmoid = (value: Lanes, complement: Lanes)

@inline(__always)
private func sigmoid(_ x: Lanes) -> Sigmoid {
  let small = exponential(-magnitude(x))
  let large = 1 / (1 + small)
  let tail = small * large
  let isPositive = x .>= 0
  return (tail.replacing(with: large, where: isPositive), large.replacing(with: tail, where: isPositive))
}

/// σ(x + dx) − σ(x), from both.
@inline(__always)
private func sigmoidDelta(of base: Sigmoid, to changed: Sigmoid, by dx: Lanes) -> Lanes {
  let decay = exponentialMinusOne(-magnitude(dx))
  let falling = base.value * changed.complement * decay
  return falling.replacing(with: -changed.value * base.complement * decay, where: dx .>= 0)
}

extension Lanes {
  @inline(__always)
  fileprivate func each(_ body: (Float) -> Float) -> Lanes {
    var result = Lanes()
    for lane in 0..<8 { result[lane] = body(self[lane]) }
    return result
  }
}

/// Φ(x) of the normal distribution, with full relative precision in the left tail.
private func normalDistribution(_ x: Float) -> Float { Float(0.5 * erfc(-Double(x) * 0.5.squareRoot())) }

/// Φ(x + dx) − Φ(x): for small dx by three-point Gauss quadrature of the density, else as a difference of tails in double.
private func normalDistributionDelta(_ x: Float, _ dx: Float) -> Float {
  let (x, dx) = (Double(x), Double(dx))
  if abs(dx) < 1e-2 {
    let middle = x + 0.5 * dx
    let offset = 0.5 * dx * 0.6.squareRoot()
    let density = { (t: Double) in exp(-0.5 * t * t) }
    let mean = (5 * density(middle - offset) + 8 * density(middle) + 5 * density(middle + offset)) / 18
    return Float(dx * mean * 0.398_942_280_401_432_7)
  }
  // Both tails on the side where they are small.
  let sign: Double = x + 0.5 * dx > 0 ? -1 : 1
  let root = 0.5.squareRoot()
  return Float(sign * 0.5 * (erfc(-sign * (x + dx) * root) - erfc(-sign * x * root)))
}
