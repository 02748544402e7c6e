import Foundation
import LinearAlgebra

/// σ of single numbers and its change without cancellation (docs/method.md, Delta form).
enum PairedSigmoid {
  /// σ(x), and σ(x + dx) − σ(x): −σ(x + dx)·σ(−x)·expm1(−dx), or σ(x)·σ(−x − dx)·expm1(dx) where dx < 0.
  static func pair(_ x: Float, _ dx: Float) -> (value: Float, delta: Float) {
    (Float(sigmoid(Double(x))), Float(delta(Double(x), Double(dx))))
  }

  /// σ(x + dx) − σ(x).
  static func delta(_ x: Double, _ dx: Double) -> Double {
    dx >= 0 ? -sigmoid(x + dx) * sigmoid(-x) * expm1(-dx) : sigmoid(x) * sigmoid(-x - dx) * expm1(dx)
  }

  /// 1/(1 + exp(−x)).
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
}

/// x·σ(x) in double precision, and how it changes.
struct PairedSiLU {
  private let x: DoubleLanes
  /// exp(−x).
  private let power: DoubleLanes
  private let sigmoid: DoubleLanes

  init(_ x: DoubleLanes) {
    self.x = x
    power = exponentials(-x).exp
    sigmoid = 1 / (1 + power)
  }

  var value: DoubleLanes { x * sigmoid }

  /// dx·σ(x + dx) + x·dσ with dσ = σ(x + dx)·σ(−x)·(1 − exp(−dx)), or σ(x)·σ(−x − dx)·expm1(dx) where dx < 0.
  func delta(_ dx: DoubleLanes) -> DoubleLanes {
    let isFalling = dx .< 0
    func signed(_ x: DoubleLanes) -> DoubleLanes { x.replacing(with: -x, where: .!isFalling) }
    let other = exponentials(signed(x + dx)).exp
    let mine = (sigmoid * power).replacing(with: sigmoid, where: isFalling)
    let step = signed(exponentials(signed(dx)).expm1) * mine / (1 + other)
    return dx * (sigmoid + step) + x * step
  }
}
