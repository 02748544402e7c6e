import Architectures
import Foundation

func exponential(_ x: Double) -> Double { exp(x) }

func logarithm(_ x: Double) -> Double { log(x) }

extension Activation {
  /// The non-linearity at one point, in double precision.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .silu: x / (1 + exp(-x))
    case .gelu: 0.5 * x * (1 + erf(x / 2.0.squareRoot()))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .relu: max(x, 0)
    }
  }
}

/// cap·tanh(x / cap), or x without a cap.
func softCapped(_ x: Double, _ cap: Double?) -> Double { cap.map { $0 * tanh(x / $0) } ?? x }

/// Replaces a row's scores by their softmax.
func softmax(_ row: inout [Double]) {
  let largest = row.max() ?? 0
  for index in row.indices { row[index] = exp(row[index] - largest) }
  let total = row.reduce(0, +)
  for index in row.indices { row[index] /= total }
}
