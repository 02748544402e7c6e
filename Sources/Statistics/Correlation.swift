/// How alike two series are.
package enum Correlation {
  /// Pearson's coefficient; nil where one of the two does not vary, or holds fewer than two numbers.
  package static func pearson(_ first: [Double], _ second: [Double]) -> Double? {
    precondition(first.count == second.count, "a number of each for each place")
    guard first.count > 1 else { return nil }
    // A series of equal numbers has itself as its mean, to the bit.
    guard first.contains(where: { $0 != first[0] }), second.contains(where: { $0 != second[0] }) else { return nil }
    let (a, b) = (centred(first), centred(second))
    func product(_ x: [Double], _ y: [Double]) -> Double { zip(x, y).reduce(0) { $0 + $1.0 * $1.1 } }
    let norm = product(a, a).squareRoot() * product(b, b).squareRoot()
    let coefficient = product(a, b) / norm
    return coefficient.isFinite ? min(1, max(-1, coefficient)) : nil
  }

  /// Spearman's coefficient: Pearson's of the ranks, equal numbers sharing the mean of theirs.
  package static func spearman(_ first: [Double], _ second: [Double]) -> Double? {
    pearson(ranks(first), ranks(second))
  }

  /// Deviations from the mean, of numbers scaled so that no square leaves the range.
  private static func centred(_ values: [Double]) -> [Double] {
    let scale = values.map(abs).max() ?? 1
    let scaled = values.map { $0 / scale }
    let mean = scaled.reduce(0, +) / Double(scaled.count)
    return scaled.map { $0 - mean }
  }

  private static func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
      var end = start
      while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
      for position in start...end { ranks[order[position]] = Double(start + end) / 2 }
      start = end + 1
    }
    return ranks
  }
}
