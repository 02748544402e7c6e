import Foundation

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

/// x·σ(x) and its change, in double precision.
enum PairedSiLU {
  static func pair(_ x: Double, _ dx: Double) -> (value: Double, delta: Double) {
    let value = PairedSigmoid.sigmoid(x)
    let step = PairedSigmoid.delta(x, dx)
    return (x * value, dx * (value + step) + x * step)
  }
}
