/// One vector for each of some consecutive positions of a prompt, in double precision.
struct TokenVectors {
  /// The positions that have a vector.
  var positions: Range<Int>
  /// Width of a vector.
  var width: Int
  /// (positions × width), row-major.
  var values: [Double]

  /// Zero vectors.
  init(positions: Range<Int>, width: Int) {
    self.init(positions: positions, width: width, values: .init(repeating: 0, count: positions.count * width))
  }

  init(positions: Range<Int>, width: Int, values: [Double]) {
    precondition(values.count == positions.count * width, "one vector a position")
    self.positions = positions
    self.width = width
    self.values = values
  }

  /// The vectors of fewer positions.
  subscript(positions kept: Range<Int>) -> TokenVectors {
    let start = (kept.lowerBound - positions.lowerBound) * width
    return TokenVectors(
      positions: kept, width: width, values: Array(values[start..<start + kept.count * width]))
  }

  /// Adds m·y, with m the position's mask (by absolute position) or 1, to the columns from `column` on.
  mutating func add(_ y: TokenVectors, mask: [Double]? = nil, column: Int = 0) {
    for (row, position) in positions.enumerated() {
      let factor = mask?[position] ?? 1
      for index in 0..<y.width {
        values[row * width + column + index] += factor * y.values[row * y.width + index]
      }
    }
  }

  /// Adds m·b to every vector.
  mutating func add(_ b: [Float], mask: [Double]? = nil) {
    for (row, position) in positions.enumerated() {
      let factor = mask?[position] ?? 1
      for index in 0..<width { values[row * width + index] += factor * Double(b[index]) }
    }
  }

  /// y[t, o] = Σᵢ x[t, i]·w[o, i].
  func times(_ weights: [Double], outputs: Int, threads: Int) -> TokenVectors {
    TokenVectors(
      positions: positions, width: outputs,
      values: plainProduct(
        values, weights, tokens: positions.count, inputs: width, outputs: outputs, threads: threads))
  }

  /// The vector of one row; row r is that of position `positions.lowerBound + r`.
  func row(_ row: Int) -> ArraySlice<Double> { values[row * width..<(row + 1) * width] }

  /// The elementwise sum.
  static func + (a: TokenVectors, b: TokenVectors) -> TokenVectors {
    var sum = a
    sum.add(b)
    return sum
  }

  /// The elementwise difference.
  static func - (a: TokenVectors, b: TokenVectors) -> TokenVectors { a + b * -1 }

  /// Every value times a factor.
  static func * (a: TokenVectors, factor: Double) -> TokenVectors {
    TokenVectors(positions: a.positions, width: a.width, values: a.values.map { $0 * factor })
  }

  /// The elementwise product.
  static func * (a: TokenVectors, b: TokenVectors) -> TokenVectors {
    precondition(a.values.count == b.values.count, "vectors of the same shape")
    return TokenVectors(positions: a.positions, width: a.width, values: zip(a.values, b.values).map { $0 * $1 })
  }
}
