import LinearAlgebra

/// Σ over the lanes of a row, in double from run to run.
func total(_ count: Int, _ value: (Int) -> Lanes) -> Double {
  var result = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      partial += value(column)
      column += 8
    }
    result += LinearAlgebra.total(partial)
  }
  return result
}

/// The largest value, or the largest sum of a value and its change.
func largestValue(_ values: UnsafePointer<Float>, _ change: UnsafePointer<Float>?, _ count: Int) -> Float {
  var top = Lanes(repeating: -.greatestFiniteMagnitude)
  var column = 0
  while column < count {
    var value = read(values, column, count, fill: -.greatestFiniteMagnitude)
    if let change { value += read(change, column, count) }
    top = larger(top, value)
    column += 8
  }
  return largest(top)
}

/// The largest magnitude.
func largestMagnitude(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var top = Lanes()
  var column = 0
  while column < count {
    top = larger(top, magnitude(read(values, column, count)))
    column += 8
  }
  return largest(top)
}
