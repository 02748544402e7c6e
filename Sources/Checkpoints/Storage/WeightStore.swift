import Safetensors

/// The values of a weight or a table as files hold them, in whatever form, read by the elements of the row-major matrix that
/// they stand for. A form is a type of its own; what reads weights knows none of them.
protocol WeightStore: Sendable {
  /// The tensors that hold it, the one that it is named after first.
  var tensors: [Tensor] { get }
  /// Number of values.
  var count: Int { get }
  /// What the form is called ("BF16", "NF4").
  var form: String { get }
  /// Widens some values to single precision. Safe to call from several threads.
  /// - Throws: ``SafetensorsError`` for what is NaN or infinite.
  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Float>) throws(SafetensorsError)
  /// Widens some values to double precision; only plain F64 holds more than single precision.
  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Double>) throws(SafetensorsError)
  /// Whether some values are the same by their bytes alone; packed ones are told only as a whole.
  func isIdentical(_ elements: Range<Int>, to other: any WeightStore) -> Bool
}

/// A tensor of plain numbers.
extension Tensor: WeightStore {
  var tensors: [Tensor] { [self] }
  var form: String { type.rawValue }
}

extension WeightStore {
  /// As single precision has it.
  func widen(_ elements: Range<Int>, into target: UnsafeMutablePointer<Double>) throws(SafetensorsError) {
    for (index, value) in try floats(elements).enumerated() { target[index] = Double(value) }
  }

  /// Some values in single precision.
  func floats(_ elements: Range<Int>) throws(SafetensorsError) -> [Float] {
    var result = [Float](repeating: 0, count: elements.count)
    try result.fill { start throws(SafetensorsError) in try widen(elements, into: start) }
    return result
  }

  /// Some values in double precision.
  func doubles(_ elements: Range<Int>) throws(SafetensorsError) -> [Double] {
    var result = [Double](repeating: 0, count: elements.count)
    try result.fill { start throws(SafetensorsError) in try widen(elements, into: start) }
    return result
  }

  /// Whether some values are the same by their bytes alone; packed ones are told only as a whole.
  func isIdentical(_ elements: Range<Int>, to other: any WeightStore) -> Bool {
    if let plain = self as? Tensor, let other = other as? Tensor { return plain.isIdentical(elements, to: other) }
    return elements == 0..<count && count == other.count && form == other.form
      && tensors.count == other.tensors.count && zip(tensors, other.tensors).allSatisfy { $0.isIdentical(to: $1) }
  }

  /// Whether some values are the same in both, whatever their forms. O(elements), up to the first that differs.
  func hasEqualValues(_ elements: Range<Int>, to other: any WeightStore) throws(SafetensorsError) -> Bool {
    if let plain = self as? Tensor, let other = other as? Tensor {
      return try plain.hasEqualValues(elements, to: other)
    }
    if isIdentical(elements, to: other) { return true }
    for start in stride(from: elements.lowerBound, to: elements.upperBound, by: 4096) {
      let part = start..<min(start + 4096, elements.upperBound)
      if try doubles(part) != other.doubles(part) { return false }
    }
    return true
  }

  /// Asks the system to read its bytes in the background.
  func prefetch() { for tensor in tensors { tensor.prefetch() } }
}
