import Architectures
import Foundation

extension Activation {
  /// The non-linearity at one point, in double precision; one with numbers of its own is a function of these too.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .silu: x / (1 + exp(-x))
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .relu: max(x, 0)
    case .reluSquared: max(x, 0) * max(x, 0)
    case .xielu: preconditionFailure("a xIELU has numbers of its own")
    }
  }
}

/// xIELU by its four stored numbers alpha_p, alpha_n, β and ε.
func xielu(_ x: Double, _ numbers: SIMD4<Double>) -> Double {
  let beta = numbers.z
  if x > 0 { return softplus(numbers.x) * x * x + beta * x }
  return (beta + softplus(numbers.y)) * (expm1(min(x, numbers.w)) - x) + beta * x
}

/// ln(1 + eˣ).
private func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

/// eˣ.
func exponential(_ x: Double) -> Double { exp(x) }

/// cap·tanh(x / cap), or x without a cap.
func softCapped(_ x: Double, _ cap: Double?) -> Double { cap.map { $0 * tanh(x / $0) } ?? x }

/// The softmax of a row of scores: each weight is exp(s) / Σ exp(s).
func patternWeights(_ scores: some Collection<Double>) -> [Double] {
  let largest = scores.max() ?? 0
  let powers = scores.map { exp($0 - largest) }
  let total = powers.reduce(0, +)
  return powers.map { $0 / total }
}

/// The logarithms of a softmax: s − log Σ exp(s).
func logProbabilities(_ logits: some Collection<Double>) -> [Double] {
  let largest = logits.max() ?? 0
  let total = largest + log(logits.reduce(0) { $0 + exp($1 - largest) })
  return logits.map { $0 - total }
}
