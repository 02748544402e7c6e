/// Σ a·b, in single precision within 256 products and in double beyond.
public func dot(_ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ count: Int) -> Double {
  var result = 0.0
  forRuns(count) { run in
    var sum = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      sum += read(a, column, count) * read(b, column, count)
      column += 8
    }
    result += total(sum)
  }
  return result
}

/// Σ_ij a_ij·b_ij of two matrices of the same shape, in single precision within 256 products a lane and in double beyond.
public func innerProduct(_ a: ReadOnlyMatrix, _ b: ReadOnlyMatrix) -> Double {
  precondition(a.rows == b.rows && a.columns == b.columns)
  let (width, rows) = (a.columns, max(1, 256 * 8 / max(a.columns, 1)))
  var result = 0.0
  var start = 0
  while start < a.rows {
    // Four sums at a time: one alone waits for itself.
    var sums = (Lanes(), Lanes(), Lanes(), Lanes())
    for row in start..<min(start + rows, a.rows) {
      let (x, y) = (a[row], b[row])
      var column = 0
      while column + 32 <= width {
        sums.0 += read(x, column, width) * read(y, column, width)
        sums.1 += read(x, column + 8, width) * read(y, column + 8, width)
        sums.2 += read(x, column + 16, width) * read(y, column + 16, width)
        sums.3 += read(x, column + 24, width) * read(y, column + 24, width)
        column += 32
      }
      while column < width {
        sums.0 += read(x, column, width) * read(y, column, width)
        column += 8
      }
    }
    result += total((sums.0 + sums.1) + (sums.2 + sums.3))
    start += rows
  }
  return result
}
