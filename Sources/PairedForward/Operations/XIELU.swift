import Checkpoints
import Foundation
import LinearAlgebra

/// xIELU (Huang and Schlag, 2024) with the numbers of one layer: α₊x² + βx where x > 0, else α₋(expm1(min(x, ε)) − x) + βx,
/// where α₊ = softplus(alpha_p) and α₋ = β + softplus(alpha_n).
struct XIELU: Sendable {
  /// The tensors.
  private let stored: ActivationNumbers
  /// α₊.
  private let positive: Float
  /// α₋.
  private let negative: Float
  private let beta: Float
  /// ε.
  private let bound: Float

  /// The numbers as a file has them.
  init(_ stored: ActivationNumbers) {
    self.stored = stored
    positive = Float(softplus(Double(stored.alphaP)))
    negative = Float(Double(stored.beta) + softplus(Double(stored.alphaN)))
    (beta, bound) = (stored.beta, stored.epsilon)
  }

  /// a(x).
  func value(_ x: Lanes) -> Lanes {
    let low = lower(x, bound)
    let falling = (exponentialMinusOne(low) - x) * negative
    return falling.replacing(with: x * x * positive, where: x .> 0) + x * beta
  }

  /// a(x + dx) − a(x): (α₊(2x + dx) + β)·dx where both are positive, α₋·d(e^low) + (β − α₋)·dx where neither is, low the
  /// smaller of x and ε; across zero, where both have opposite signs near by, their difference.
  func delta(_ x: Lanes, _ dx: Lanes) -> Lanes {
    let changed = x + dx
    let (low, next) = (lower(x, bound), lower(changed, bound))
    // Below ε the step is dx itself, not a difference.
    let step = (next - low).replacing(with: dx, where: (low .== x) .& (next .== changed))
    let rising = dx * ((x + x + dx) * positive + beta)
    let falling = exponentialDelta(low, next, step) * negative + dx * (beta - negative)
    let across = (value(changed) - value(x)).replacing(with: falling, where: (x .<= 0) .& (changed .<= 0))
    return across.replacing(with: rising, where: (x .> 0) .& (changed .> 0))
  }
}

/// Numbers that an adaptation changes.
extension XIELU {
  /// What a run changes on one token.
  struct Step: Sendable {
    /// The adapted numbers.
    let adapted: XIELU
    /// ε as it was.
    fileprivate let bound: Float
    /// dα₊, dα₋ and dβ.
    fileprivate let positive: Float
    fileprivate let negative: Float
    fileprivate let beta: Float

    /// a′(x + dx) − a(x), with a′ by the adapted numbers: a′(x + dx) − a′(x), and what the numbers change at x,
    /// dα₊x² + dβx or dα₋(expm1(low) − x) + α₋′·(e^low′ − e^low) + dβx.
    func delta(_ x: Lanes, _ dx: Lanes) -> Lanes {
      let (low, next) = (lower(x, bound), lower(x, adapted.bound))
      let falling =
        (exponentialMinusOne(low) - x) * negative
        + exponentialDelta(low, next, next - low) * adapted.negative
      let moved = falling.replacing(with: x * x * positive, where: x .> 0) + x * beta
      return adapted.delta(x, dx) + moved
    }
  }

  /// The numbers with m times a change. softplus(a + da) − softplus(a) = log1p(σ(a)·expm1(da)).
  func step(_ d: ActivationNumbers, mask: Float) -> Step {
    let m = Double(mask)
    func rise(_ a: Float, _ da: Float) -> Double { log1p(expm1(m * Double(da)) / (1 + exp(-Double(a)))) }
    func sum(_ a: Float, _ da: Float) -> Float { Float(Double(a) + m * Double(da)) }
    let adapted = ActivationNumbers(
      alphaP: sum(stored.alphaP, d.alphaP), alphaN: sum(stored.alphaN, d.alphaN), beta: sum(stored.beta, d.beta),
      epsilon: sum(stored.epsilon, d.epsilon))
    return Step(
      adapted: XIELU(adapted), bound: bound, positive: Float(rise(stored.alphaP, d.alphaP)),
      negative: Float(m * Double(d.beta) + rise(stored.alphaN, d.alphaN)), beta: Float(m * Double(d.beta)))
  }
}

/// The smaller of x and a bound.
@inline(__always)
private func lower(_ x: Lanes, _ bound: Float) -> Lanes { x.replacing(with: bound, where: x .> bound) }

/// eᵇ − eᵃ from the step b − a: eᵃ·expm1(b − a) where it falls, −eᵇ·expm1(a − b) where it rises, so that no power overflows.
@inline(__always)
private func exponentialDelta(_ a: Lanes, _ b: Lanes, _ step: Lanes) -> Lanes {
  let decay = exponentialMinusOne(-magnitude(step))
  return (exponential(a) * decay).replacing(with: -exponential(b) * decay, where: step .>= 0)
}

/// ln(1 + eˣ), for large x as x itself.
private func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }
