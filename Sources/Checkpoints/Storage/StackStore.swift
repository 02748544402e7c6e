import Architectures
import Safetensors

/// Some rows of one expert's matrix in a plain tensor of all experts that holds it transposed, (experts, inputs, rows).
struct StackStore: WeightStore {
  let tensors: [Tensor]
  let count: Int
  private let stack: WeightStack
  private let inputs: Int

  /// Inputs that are read before they are turned.
  private static let tile = 16

  var form: String { tensors[0].form }

  /// The rows of a linear layer in its expert's matrix, (inputs, rows).
  init(_ linear: Linear, _ stack: WeightStack, matrix: Tensor) {
    tensors = [matrix]
    count = linear.outputs * linear.inputs
    self.stack = stack
    inputs = linear.inputs
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError) {
    try turn(elements, zero: Float(0), into: target) { part, scratch throws(SafetensorsError) in
      try tensors[0].widen(part, into: scratch)
    }
  }

  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Double>) throws(SafetensorsError) {
    try turn(elements, zero: Double(0), into: target) { part, scratch throws(SafetensorsError) in
      try tensors[0].widen(part, into: scratch)
    }
  }

  private func turn<Element>(
    _ elements: Range<Int>, zero: Element, into target: UnsafeMutablePointer<Element>,
    _ widen: (Range<Int>, UnsafeMutablePointer<Element>) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    precondition(elements.lowerBound >= 0 && elements.upperBound <= count)
    guard !elements.isEmpty else { return }
    let rows = elements.lowerBound / inputs..<(elements.upperBound - 1) / inputs + 1
    let columns = stack.row(rows.lowerBound)..<stack.row(rows.upperBound - 1) + 1
    var scratch = [Element](repeating: zero, count: Self.tile * columns.count)
    for first in stride(from: 0, to: inputs, by: Self.tile) {
      let width = min(Self.tile, inputs - first)
      try scratch.fill { start throws(SafetensorsError) in
        for input in 0..<width {
          let row = (first + input) * stack.height
          try widen(row + columns.lowerBound..<row + columns.upperBound, start + input * columns.count)
        }
      }
      for row in rows {
        let column = (row - rows.lowerBound) * stack.rowStep
        for input in 0..<width {
          let element = row * inputs + first + input
          guard elements.contains(element) else { continue }
          target[element - elements.lowerBound] = scratch[input * columns.count + column]
        }
      }
    }
  }

  /// Other rows of the same matrix are other values.
  func isIdentical(_ elements: Range<Int>, to other: any WeightStore) -> Bool {
    guard let other = other as? StackStore, other.stack == stack, other.inputs == inputs else { return false }
    return elements == 0..<count && tensors[0].isIdentical(to: other.tensors[0])
  }
}
