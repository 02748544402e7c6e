import LinearAlgebra
import Testing

/// Small matrices of Double against what defines their products and decompositions.
@Suite struct DoubleMatrixTests {
  private static let shapes = [(1, 1), (1, 7), (7, 1), (5, 5), (9, 4), (4, 9), (64, 33)]

  /// A matrix whose elements follow no pattern.
  private func sample(_ rows: Int, _ columns: Int, seed: Double = 0.7) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: columns,
      (0..<rows * columns).map { index in
        let x = Double(index + 1) * seed
        return x * x - (x * x).rounded(.down) - 0.5
      })
  }

  private func largestDifference(_ a: DoubleMatrix, _ b: DoubleMatrix) -> Double {
    zip(a.elements, b.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  private func identity(_ size: Int) -> DoubleMatrix {
    var result = DoubleMatrix(rows: size, columns: size)
    for index in 0..<size { result.elements[index * (size + 1)] = 1 }
    return result
  }

  @Test(arguments: shapes) func `A product is the sum over the inner index`(_ rows: Int, _ columns: Int) {
    let (a, b) = (sample(rows, columns), sample(columns, 3, seed: 0.9))
    let product = a.times(b, scaledBy: -2)
    for row in 0..<rows {
      for column in 0..<3 {
        let sum = (0..<columns).reduce(0.0) {
          $0 - 2 * a.elements[$1 * rows + row] * b.elements[column * columns + $1]
        }
        #expect(abs(product.elements[column * rows + row] - sum) <= 1e-13)
      }
    }
    let turned = b.times(a, transposed: true, otherTransposed: true, scaledBy: -2)
    #expect(turned.rows == 3 && turned.columns == rows)
    for row in 0..<rows { #expect(abs(turned.elements[row * 3 + 1] - product.elements[rows + row]) <= 1e-13) }
  }

  @Test(arguments: shapes) func `Q is orthonormal and QR is the matrix`(_ rows: Int, _ columns: Int) throws {
    let matrix = sample(rows, columns)
    let (q, r) = try #require(matrix.orthogonalFactors())
    #expect(largestDifference(q.times(q, transposed: true), identity(q.columns)) <= 1e-13)
    #expect(largestDifference(q.times(r), matrix) <= 1e-13)
    #expect(try #require(matrix.triangularFactor()) == r)
  }

  @Test(arguments: shapes) func `Singular vectors give the matrix back`(_ rows: Int, _ columns: Int) throws {
    let matrix = sample(rows, columns)
    let (left, values, right) = try #require(matrix.singularVectors())
    #expect(values == values.sorted(by: >) && values.allSatisfy { $0 >= 0 })
    var scaled = left
    for column in 0..<left.columns {
      for row in 0..<rows { scaled.elements[column * rows + row] *= values[column] }
    }
    #expect(largestDifference(scaled.times(right, otherTransposed: true), matrix) <= 1e-13)
    let alone = try #require(matrix.singularValues())
    for (value, other) in zip(values, alone) { #expect(abs(value - other) <= 1e-13 * values[0]) }
    let squares = try #require(matrix.times(matrix, otherTransposed: true).symmetricEigenvalues())
    for (value, square) in zip(values, squares) {
      #expect(abs(value * value - square) <= 1e-12 * max(1, values[0] * values[0]))
    }
  }

  @Test func `Matrices without columns have no values`() throws {
    let empty = DoubleMatrix(rows: 4, columns: 0)
    #expect(empty.singularValues() == [] && empty.isZero)
    #expect(empty.triangularFactor() == DoubleMatrix(rows: 0, columns: 0))
    #expect(empty.times(DoubleMatrix(rows: 0, columns: 2)).isZero)
  }
}
