import Results

extension Closure: Sums {
  /// The larger error, over the rows of both.
  public mutating func merge(_ later: Closure) {
    maximum = max(maximum, later.maximum)
    rows += later.rows
  }

  /// Codes both numbers.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try coder.code(&maximum)
    try coder.code(&rows)
  }
}
