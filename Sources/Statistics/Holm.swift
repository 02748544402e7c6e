/// Holm's step-down correction: of many tests at a time, the chance that any true hypothesis is rejected stays below the level, whatever
/// the tests have to do with one another (Holm 1979).
package enum Holm {
  /// By test, the smallest level at which it is still rejected among all: the k-th smallest of m chances times m − k + 1, no smaller
  /// than those before it and at most 1. A test without a chance takes no part.
  package static func adjusted(_ chances: [Double?]) -> [Double?] {
    let order = chances.indices.filter { chances[$0] != nil }.sorted { (chances[$0] ?? 1, $0) < (chances[$1] ?? 1, $1) }
    var result = [Double?](repeating: nil, count: chances.count)
    var least = 0.0
    for (place, index) in order.enumerated() {
      least = min(1, max(least, Double(order.count - place) * (chances[index] ?? 1)))
      result[index] = least
    }
    return result
  }
}
