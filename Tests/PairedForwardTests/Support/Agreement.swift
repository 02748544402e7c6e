import LinearAlgebra
import Testing

/// Many numbers held to their expected values, told in one sentence. A NaN agrees with nothing.
struct Agreement {
  private var compared = 0
  private var failures = 0
  /// What the first failures were.
  private var examples: [String] = []

  /// Compares a number.
  mutating func check(_ actual: Float, _ expected: Double, within tolerance: Double, _ place: @autoclosure () -> String)
  {
    compared += 1
    let difference = abs(Double(actual) - expected)
    if !(difference <= tolerance) {
      failures += 1
      guard examples.count < 3 else { return }
      examples.append("\(place()): \(actual) for \(expected), off by \(difference), allowed \(tolerance)")
    }
  }

  /// Compares a row with one tolerance.
  mutating func check(
    _ actual: UnsafePointer<Float>, _ expected: [Double], within tolerance: Double, _ place: @autoclosure () -> String
  ) {
    for (column, value) in expected.enumerated() {
      check(actual[column], value, within: tolerance, "\(place()), column \(column)")
    }
  }

  /// Records a failure where any number disagreed, or none was compared.
  func verify(sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(compared > 0, "nothing was compared", sourceLocation: sourceLocation)
    #expect(
      failures == 0, "\(failures) of \(compared): \(examples.joined(separator: "; "))", sourceLocation: sourceLocation)
  }
}

extension Matrix {
  /// One element in double.
  subscript(row: Int, column: Int) -> Double { Double(elements[row * columns + column]) }

  /// A row in double.
  func row(_ row: Int) -> [Double] { (0..<columns).map { self[row, $0] } }

  /// All elements.
  var values: [Float] { Array(UnsafeBufferPointer(start: elements, count: rows * columns)) }
}
