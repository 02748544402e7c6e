import LinearAlgebra
import Testing

@Suite struct ProductTests {
  @Test(arguments: [1, 7, 8, 9, 65]) func productsAgreeWithTheDefinition(size: Int) {
    _ = Workers(threads: 1)
    let (m, k, n) = (size, size + 2, 2 * size + 1)
    let a = Matrix(rows: m, columns: k, values(m * k, seed: 3))
    let b = Matrix(rows: n, columns: k, values(n * k, seed: 5))
    let c = Matrix(rows: m, columns: n, values(m * n, seed: 7))
    let before = (0..<m * n).map { c.elements[$0] }
    multiply(a.view, b.view, transposed: true, into: c.view, alpha: 0.5, beta: 2)
    for row in 0..<m {
      for column in 0..<n {
        var sum = 2 * Double(before[row * n + column])
        for inner in 0..<k { sum += 0.5 * Double(a.view[row][inner]) * Double(b.view[column][inner]) }
        let difference = abs(Double(c.view[row][column]) - sum)
        #expect(!(difference > 1e-6 * Double(k)), "row \(row), column \(column)")
      }
    }
  }

  @Test(arguments: [1, 7, 8, 9, 65]) func theFirstFactorMayBeTransposed(size: Int) {
    let (k, m, n) = (size, size + 2, 2 * size + 1)
    let a = Matrix(rows: k, columns: m, values(k * m, seed: 3))
    let b = Matrix(rows: k, columns: n, values(k * n, seed: 5))
    let c = Matrix(rows: m, columns: n, values(m * n, seed: 7))
    let before = (0..<m * n).map { c.elements[$0] }
    multiply(transposing: ReadOnlyMatrix(a.view), ReadOnlyMatrix(b.view), into: c.view, alpha: 0.5, beta: 2)
    for row in 0..<m {
      for column in 0..<n {
        var sum = 2 * Double(before[row * n + column])
        for inner in 0..<k { sum += 0.5 * Double(a.view[inner][row]) * Double(b.view[inner][column]) }
        let difference = abs(Double(c.view[row][column]) - sum)
        #expect(!(difference > 1e-6 * Double(k)), "row \(row), column \(column)")
      }
    }
  }

  @Test func emptyProductsAreZero() {
    let c = Matrix(rows: 2, columns: 3, values(6, seed: 1))
    multiply(Matrix(rows: 2, columns: 0).view, Matrix(rows: 0, columns: 3).view, into: c.view)
    for index in 0..<6 { #expect(c.elements[index] == 0) }
  }

  /// Numbers between −1 and 1 from a linear congruential generator.
  private func values(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }
}
