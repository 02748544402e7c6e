import Architectures
import Checkpoints
import Foundation

/// A small tensor, and what adaptations change in it.
struct ChangedNumbers: Sendable {
  let base: [Float]
  /// By adaptation; nil where it stays.
  let changes: [[Float]?]

  init(
    _ number: (name: String, shape: [Int]), model: Model, adaptations: [Adaptation]
  ) throws(CheckpointError) {
    base = try model.numbers(number.name, shape: number.shape)
    changes = adaptations.map { $0.numbers[number.name] }
  }
}

/// The numbers of a recurrence that no product holds.
struct RecurrenceWeights: Sendable {
  let recurrence: Recurrence
  let convolution: CausalConvolution
  /// A of a gated delta rule and the bias of its decay, by value head; empty for a convolution.
  let decay: [ChangedNumbers]
  let norm: PairedNorm?

  /// Reads them.
  init(_ recurrence: Recurrence, model: Model, adaptations: [Adaptation]) throws(CheckpointError) {
    self.recurrence = recurrence
    var numbers: [ChangedNumbers] = []
    for number in recurrence.numbers {
      numbers.append(try ChangedNumbers(number, model: model, adaptations: adaptations))
    }
    let own = recurrence.convolution
    convolution = CausalConvolution(kernel: own.kernel, weight: numbers[0], bias: own.hasBias ? numbers[1] : nil)
    decay = Array(numbers.dropFirst(own.hasBias ? 2 : 1))
    norm = try recurrence.norm.map { norm throws(CheckpointError) in
      try PairedNorm(norm, model: model, adaptations: adaptations)
    }
  }

  /// e^(g + dg) and expm1(dg) of a value head, with g = −exp(A)·softplus(a + bias).
  func decay(_ a: Double, _ da: Double, head: Int, adaptation: Int?, mask: Double) -> (kept: Double, lost: Double) {
    let (rate, u) = (exp(Double(decay[0].base[head])), a + Double(decay[1].base[head]))
    let g = -rate * softplus(u)
    guard let adaptation else { return (exp(g), 0) }
    func change(_ numbers: ChangedNumbers) -> Double { mask * Double(numbers.changes[adaptation]?[head] ?? 0) }
    let du = da + change(decay[1])
    let dg = -(rate * softplusDelta(u, du) + rate * expm1(change(decay[0])) * softplus(u + du))
    return (exp(g + dg), expm1(dg))
  }
}

/// ln(1 + eˣ).
private func softplus(_ x: Double) -> Double { x > 30 ? x : log1p(exp(x)) }

/// Its change, ln(1 + σ(x)·(e^dx − 1)).
private func softplusDelta(_ x: Double, _ dx: Double) -> Double {
  dx > 30 ? softplus(x + dx) - softplus(x) : log1p(PairedSigmoid.sigmoid(x) * expm1(dx))
}
