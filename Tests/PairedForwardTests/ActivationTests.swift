import Architectures
import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// Activations and their changes against double-precision definitions.
@Suite struct ActivationTests {
  private func reference(_ activation: Activation, _ x: Double) -> Double {
    switch activation {
    case .silu: x / (1 + exp(-x))
    case .quickGelu: x / (1 + exp(-1.702 * x))
    case .geluTanh: 0.5 * x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
    case .gelu: 0.5 * x * erfc(-x * 0.5.squareRoot())
    case .relu: max(x, 0)
    }
  }

  /// The change by integrating the derivative, where a difference of doubles would lose digits.
  private func referenceChange(_ activation: Activation, _ x: Double, _ dx: Double) -> Double {
    if activation == .relu, x > 0, x + dx > 0 { return dx }
    guard abs(dx) < 1e-3, activation != .relu else {
      return reference(activation, x + dx) - reference(activation, x)
    }
    let step = 1e-3
    let middle = x + dx / 2
    let slope =
      (8 * (reference(activation, middle + step) - reference(activation, middle - step))
        - (reference(activation, middle + 2 * step) - reference(activation, middle - 2 * step))) / (12 * step)
    return slope * dx
  }

  @Test(arguments: Activation.allCases, changeSizes)
  func valueAndChangeAreAccurate(activation: Activation, size: Double) {
    var samples = Samples(seed: 1)
    for _ in 0..<400 {
      let x = Float(samples.next() * 8)
      let dx = Float(samples.next() * size)
      let pair = activation.pair(Lanes(repeating: x), Lanes(repeating: dx))
      let value = reference(activation, Double(x))
      let change = referenceChange(activation, Double(x), Double(dx))
      let scale = max(abs(Double(dx)), 1e-30)
      #expect(abs(Double(pair.value[2]) - value) <= 2e-6 * max(abs(value), 0.01), "a(\(x))")
      #expect(abs(Double(pair.delta[2]) - change) <= 4e-6 * scale, "a(\(x) + \(dx)) − a(\(x))")
      #expect(activation.value(Lanes(repeating: x))[2] == pair.value[2])
    }
  }

  @Test(arguments: Activation.allCases) func noChangeIsExactlyZero(activation: Activation) {
    for x: Float in [-90, -3, -0.1, 0, 0.1, 3, 90] {
      #expect(activation.pair(Lanes(repeating: x), Lanes()).delta == Lanes())
    }
  }
}
