import Foundation
import LinearAlgebra

/// KL(p ‖ p′) of one prediction, p the base's and p′ a changed model's, gathered over slices of the vocabulary.
///
/// With Δ the change of the logits it is log E[exp(Δ − m)] = log1p(E[expm1(Δ − m) − (Δ − m)]), m = E[Δ] under p: nothing of
/// first order in Δ is left to cancel, so that a tiny divergence keeps its digits. Every slice has that of its own p, and
/// two are put together by their weights and means. Changes so large that the exponential would leave the range of Float are
/// taken from the two log-sum-exps.
public struct PredictionShift: Sendable, Equatable {
  /// The base's largest logit and Σ exp(l − top).
  private(set) var top = -Double.infinity
  private(set) var weight = 0.0
  /// E[Δ].
  private var mean = 0.0
  /// The divergence, in nats; never negative but for rounding.
  public private(set) var divergence = 0.0

  /// Nothing gathered.
  public init() {}

  /// The sums over a slice of the base's logits and their changes.
  public init(_ logits: UnsafePointer<Float>, change: UnsafePointer<Float>, count: Int) {
    guard count > 0 else { return }
    self = withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { buffer in
      // The buffer is not empty.
      buffer.baseAddress.map { ReferenceLogits(logits, count: count, powers: $0).shift(change) } ?? PredictionShift()
    }
  }

  /// What is known of a slice.
  init(top: Double, weight: Double, mean: Double, divergence: Double) {
    (self.top, self.weight, self.mean, self.divergence) = (top, weight, mean, divergence)
  }

  /// By how much the log-sum-exp grew: E[Δ] and the divergence together.
  var growth: Double { mean + divergence }

  /// Adds another slice.
  public static func += (left: inout PredictionShift, right: PredictionShift) {
    guard right.weight > 0 else { return }
    guard left.weight > 0 else {
      left = right
      return
    }
    let top = max(left.top, right.top)
    let (first, second) = (left.weight * exp(left.top - top), right.weight * exp(right.top - top))
    let (a, b) = (first / (first + second), second / (first + second))
    let step = right.mean - left.mean
    // How far each slice's mean lies from that of both.
    let (d, e) = (-b * step, a * step)
    let (x, y) = (d + left.divergence, e + right.divergence)
    if max(abs(x), abs(y)) < 300 {
      let excess =
        a * (remainder(d) + exp(d) * expm1(left.divergence)) + b * (remainder(e) + exp(e) * expm1(right.divergence))
      left.divergence = log1p(excess)
    } else {
      let highest = max(x, y)
      left.divergence = highest + log(a * exp(x - highest) + b * exp(y - highest))
    }
    left.mean += b * step
    (left.top, left.weight) = (top, first + second)
  }
}

/// eˣ − 1 − x without cancellation, for |x| < 1.
private func remainder(_ x: Double) -> Double {
  guard abs(x) < 0.5 else { return expm1(x) - x }
  // Terms of the series until they no longer count.
  var (sum, term) = (0.0, x)
  for order in 2...20 {
    term *= x / Double(order)
    sum += term
  }
  return sum
}
