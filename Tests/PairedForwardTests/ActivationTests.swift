import Architectures
import Checkpoints
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
    case .reluSquared: max(x, 0) * max(x, 0)
    case .xielu: plainXIELU(x, .sample)
    }
  }

  /// The change by integrating the derivative, where a difference of doubles would lose digits.
  private func referenceChange(_ activation: Activation, _ x: Double, _ dx: Double) -> Double {
    if activation == .relu, x > 0, x + dx > 0 { return dx }
    // Their slopes have a jump.
    let hasKink = [.relu, .reluSquared, .xielu].contains(activation) && x * (x + dx) <= 0
    guard abs(dx) < 1e-3, activation != .relu, !hasKink else {
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
      let pair = PairedActivation.sample(activation).pair(Lanes(repeating: x), Lanes(repeating: dx))
      let value = reference(activation, Double(x))
      let change = referenceChange(activation, Double(x), Double(dx))
      let scale = max(abs(Double(dx)), 1e-30)
      // A xIELU has a second zero, where its parts cancel.
      let size = activation == .xielu ? max(abs(value), abs(Double(x))) : abs(value)
      #expect(abs(Double(pair.value[2]) - value) <= 2e-6 * max(size, 0.01), "a(\(x))")
      // What grows like a square has slopes up to 2·|x|.
      let slope = [.reluSquared, .xielu].contains(activation) ? 1 + 2 * (abs(Double(x)) + abs(Double(dx))) : 1
      #expect(abs(Double(pair.delta[2]) - change) <= 4e-6 * scale * slope, "a(\(x) + \(dx)) − a(\(x))")
      #expect(PairedActivation.sample(activation).value(Lanes(repeating: x))[2] == pair.value[2])
    }
  }

  @Test(arguments: Activation.allCases) func noChangeIsExactlyZero(activation: Activation) {
    for x: Float in [-90, -3, -0.1, 0, 0.1, 3, 90] {
      #expect(PairedActivation.sample(activation).pair(Lanes(repeating: x), Lanes()).delta == Lanes())
    }
  }

  /// a′(x + dx) − a(x) where a checkpoint changes the numbers, too, be it ever so little.
  @Test(arguments: changeSizes) func `Changed numbers of a xIELU`(size: Double) {
    var samples = Samples(seed: 3)
    let base = ActivationNumbers.sample
    for _ in 0..<400 {
      let (x, dx) = (Float(samples.next() * 8), Float(samples.next() * min(size, 5)))
      let change = ActivationNumbers(
        alphaP: Float(samples.next() * size), alphaN: Float(samples.next() * size), beta: Float(samples.next() * size),
        epsilon: Float(samples.next() * size))
      for mask: Float in [0, 0.25, 1] {
        let step = XIELU(base).step(change, mask: mask)
        let found = Double(step.delta(Lanes(repeating: x), Lanes(repeating: dx))[5])
        let m = Double(mask)
        let parts = [
          // One number after the other, each from double precision's own steps.
          difference(Double(x) + Double(dx), Double(x), base, base),
          difference(Double(x) + Double(dx), Double(x) + Double(dx), base, base, change, m),
        ]
        let scale = (abs(Double(dx)) + size * m) * (1 + 2 * (abs(Double(x)) + abs(Double(dx))) * (1 + size))
        #expect(
          abs(found - parts.reduce(0, +)) <= 6e-6 * scale * (1 + abs(Double(x)) + abs(Double(dx))) + 1e-12,
          "\(x) + \(dx), \(change) × \(mask)")
      }
    }
  }

  /// a(end; numbers + m·change) − a(start; numbers), as a sum of small steps for a small change.
  private func difference(
    _ end: Double, _ start: Double, _ old: ActivationNumbers, _ new: ActivationNumbers,
    _ change: ActivationNumbers? = nil,
    _ m: Double = 0
  ) -> Double {
    guard let change else { return plainXIELU(end, old) - plainXIELU(start, old) }
    return plainXIELU(end, new, change, m) - plainXIELU(end, old)
  }
}

extension ActivationNumbers {
  static let sample = ActivationNumbers(alphaP: 0.3, alphaN: -0.7, beta: 0.5, epsilon: -1e-6)
}

extension PairedActivation {
  /// An activation, with numbers where it needs some.
  static func sample(_ kind: Activation) -> PairedActivation {
    PairedActivation(kind, numbers: kind == .xielu ? XIELU(.sample) : nil)
  }
}

/// xIELU in double precision, with m times a change of its numbers.
func plainXIELU(
  _ x: Double, _ numbers: ActivationNumbers, _ change: ActivationNumbers? = nil, _ m: Double = 0
) -> Double {
  func number(_ part: KeyPath<ActivationNumbers, Float>) -> Double {
    Double(numbers[keyPath: part]) + m * Double(change?[keyPath: part] ?? 0)
  }
  let beta = number(\.beta)
  if x > 0 { return log1p(exp(number(\.alphaP))) * x * x + beta * x }
  return (beta + log1p(exp(number(\.alphaN)))) * (expm1(min(x, number(\.epsilon))) - x) + beta * x
}
