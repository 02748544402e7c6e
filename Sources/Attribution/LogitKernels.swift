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
