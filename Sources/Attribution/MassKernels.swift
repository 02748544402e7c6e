import LinearAlgebra

/// Σ p, Σ dp and Σ |dp| over a run of keys.
func patternSums(
  _ pattern: UnsafePointer<Float>, _ change: UnsafePointer<Float>, _ count: Int
) -> (mass: Double, change: Double, moved: Double) {
  var sums = (mass: 0.0, change: 0.0, moved: 0.0)
  forRuns(count) { run in
    var (mass, gained, moved) = (Lanes(), Lanes(), Lanes())
    var column = run.lowerBound
    while column < run.upperBound {
      let delta = read(change, column, count)
      mass += read(pattern, column, count)
      gained += delta
      moved += magnitude(delta)
      column += 8
    }
    sums = (sums.mass + total(mass), sums.change + total(gained), sums.moved + total(moved))
  }
  return sums
}

/// Σ p.
func mass(_ pattern: UnsafePointer<Float>, _ count: Int) -> Double {
  var sum = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      partial += read(pattern, column, count)
      column += 8
    }
    sum += total(partial)
  }
  return sum
}

/// Σ p·(exp(t − level) − 1), without cancellation.
func gain(
  _ pattern: UnsafePointer<Float>, _ term: UnsafePointer<Float>, level: Float, _ count: Int
) -> Double {
  var sum = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      partial += read(pattern, column, count) * exponentialMinusOne(read(term, column, count) - level)
      column += 8
    }
    sum += total(partial)
  }
  return sum
}

/// The largest of some values, and whether all are zero.
func reach(_ values: UnsafePointer<Float>, _ count: Int) -> (top: Float, isZero: Bool) {
  var (top, size) = (Lanes(repeating: -.greatestFiniteMagnitude), Lanes())
  var column = 0
  while column < count {
    let value = read(values, column, count, fill: column < count ? values[column] : 0)
    top = larger(top, value)
    size = larger(size, magnitude(value))
    column += 8
  }
  return (largest(top), largest(size) == 0)
}
