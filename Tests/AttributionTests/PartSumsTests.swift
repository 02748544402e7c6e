import Attribution
import LinearAlgebra
import Results
import Testing

/// Sums of parts and their whole against their definitions in double.
@Suite struct PartSumsTests {
  @Test(arguments: [1, 7, 8, 9, 255, 256, 257, 1023]) func `Sums of vectors follow the definitions`(count: Int) {
    let matrix = noise(rows: 3, columns: count, seed: UInt64(count))
    var sums = PartSums()
    withExtendedLifetime(matrix) { sums.add(matrix.view[0], matrix.view[1], matrix.view[2], count) }
    check(sums, parts: (0..<3).map { row(matrix, $0) }, count: count)
  }

  @Test(arguments: [1, 7, 8, 9, 255, 256, 257, 1023]) func `Sums of scores follow the definitions`(count: Int) {
    let matrix = noise(rows: 3, columns: count, seed: UInt64(count))
    let whole = Matrix(rows: 1, columns: count)
    // The second of four parts is absent, and the third is what the others leave.
    for column in 0..<count {
      whole.view[0][column] = matrix.view[0][column] + matrix.view[1][column] + matrix.view[2][column]
    }
    var sums = PartSums()
    withExtendedLifetime((matrix, whole)) {
      sums.add(whole.view[0], count, rest: 2, others: [0, 3], from: matrix.view[0], step: 2 * count)
    }
    let absent = [Double](repeating: 0, count: count)
    check(sums, parts: [row(matrix, 0), absent, row(matrix, 1), row(matrix, 2)], count: count)
    #expect(sums.part(1, count: count) == PartSize(rms: 0, share: 0))
  }

  @Test func `A part that is the whole has a share of one`() {
    let matrix = noise(rows: 1, columns: 300, seed: 5)
    var sums = PartSums()
    withExtendedLifetime(matrix) { sums.add(matrix.view[0], 300, onlyPart: 1) }
    #expect(sums.part(1, count: 300) == PartSize(rms: sums.rms(count: 300), share: 1))
    #expect(sums.part(0, count: 300) == PartSize(rms: 0, share: 0))
  }

  @Test func `Nothing has no share`() {
    #expect(PartSums().part(0, count: 7) == PartSize(rms: 0, share: 0))
    #expect(PartSums().rms(count: 0) == 0)
  }

  private func check(_ sums: PartSums, parts: [[Double]], count: Int) {
    let whole = (0..<count).map { column in parts.reduce(0) { $0 + $1[column] } }
    let energy = whole.reduce(0) { $0 + $1 * $1 }
    // Sums of up to 256 / 8 products in single precision, each of a rounded sum.
    let tolerance = 64 * Double(Float.ulpOfOne)
    #expect(!(abs(sums.rms(count: count) - (energy / Double(count)).squareRoot()) > tolerance * energy.squareRoot()))
    for (part, values) in parts.enumerated() {
      let square = values.reduce(0) { $0 + $1 * $1 }
      let shared = zip(values, whole).reduce(0) { $0 + $1.0 * $1.1 }
      let size = zip(values, whole).reduce(0) { $0 + abs($1.0 * $1.1) }
      let found = sums.part(part, count: count)
      #expect(!(abs(found.rms - (square / Double(count)).squareRoot()) > tolerance * square.squareRoot()))
      #expect(!(abs(found.share - shared / energy) > tolerance * (size / energy + abs(shared / energy))))
    }
  }

  private func row(_ matrix: Matrix, _ row: Int) -> [Double] {
    (0..<matrix.columns).map { Double(matrix.view[row][$0]) }
  }
}

/// Seeded numbers between −1 and 1.
func noise(rows: Int, columns: Int, seed: UInt64) -> Matrix {
  var generator = SplitMix64(seed: seed)
  return Matrix(rows: rows, columns: columns, (0..<rows * columns).map { _ in Float(2 * generator.unit() - 1) })
}
