import LinearAlgebra
import Testing

@testable import WeightAttribution

/// Block Krylov iteration against the whole decomposition.
@Suite struct LeadingSubspaceTests {
  /// Elements that follow no pattern, under singular values that fall by 8 % from one to the next.
  private func decaying(_ rows: Int, _ columns: Int) throws -> (matrix: Matrix, double: DoubleMatrix) {
    let noise = DoubleMatrix(
      rows: rows, columns: columns,
      (0..<rows * columns).map { index in
        let x = Double(index + 1) * 0.754_877_666
        return x * x - (x * x).rounded(.down) - 0.5
      })
    var (left, values, right) = try #require(noise.singularVectors())
    var value = 1.0
    for column in values.indices {
      for row in 0..<rows { left.elements[column * rows + row] *= value }
      value *= 0.92
    }
    // Rounded to single precision first, so that both see the same matrix.
    let product = right.times(left, otherTransposed: true)
    let matrix = Matrix(rows: rows, columns: columns, product.elements.map(Float.init))
    return (matrix, DoubleMatrix(rows: columns, columns: rows, matrix.doubles))
  }

  @Test(arguments: [(300, 200), (200, 300), (40, 90), (141, 141), (140, 150)])
  func `It finds the leading triplets`(_ rows: Int, _ columns: Int) throws {
    let (matrix, double) = try decaying(rows, columns)
    let found = try #require(LeadingSubspace(of: matrix, count: 20, workers: Workers(threads: 2)))
    // `double` is the transposed matrix.
    let (right, values, left) = try #require(double.singularVectors())
    #expect(found.values.count == 20)
    for index in 0..<20 { #expect(abs(found.values[index] - values[index]) <= 1e-6 * values[0]) }
    for (basis, whole) in [(found.left, left), (found.right, right)] {
      let inside = whole.columns(0..<20).times(basis, transposed: true)
      for column in 0..<20 { #expect(inside.columns(column..<column + 1).squaredNorm >= 0.999_999) }
    }
  }

  @Test func `The number of threads changes no bit`() throws {
    let (matrix, _) = try decaying(700, 600)
    let one = try #require(LeadingSubspace(of: matrix, count: 8, workers: Workers(threads: 1)))
    let three = try #require(LeadingSubspace(of: matrix, count: 8, workers: Workers(threads: 3)))
    #expect(one.values == three.values && one.left == three.left && one.right == three.right)
  }

  @Test(arguments: [(30, 200), (200, 30)])
  func `The spectrum of a dense change is that of the matrix`(_ rows: Int, _ columns: Int) throws {
    let (matrix, double) = try decaying(rows, columns)
    let spectrum = try #require(ChangeSpectrum(dense: matrix, workers: Workers(threads: 2)))
    let values = try #require(double.singularValues())
    #expect(spectrum.isComplete && spectrum.values.count == 30)
    for (value, other) in zip(spectrum.values, values) { #expect(abs(value - other) <= 1e-7 * values[0]) }
    let squared = values.reduce(0) { $0 + $1 * $1 }
    #expect(abs(spectrum.squaredNorm - squared) <= 1e-12 * squared)
    #expect(abs(spectrum.stableRank - squared / (values[0] * values[0])) <= 1e-6)
  }
}
