import LinearAlgebra
import Statistics
import Testing

@Suite struct ShapleyTests {
  /// A game of random values, 0 of no part.
  private func game(_ parts: Int, seed: UInt64) -> [Double] {
    var random = SplitMix64(seed: seed)
    return [0] + (1..<1 << parts).map { _ in random.unit() * 2 - 1 }
  }

  /// The mean over all orders of what each part adds to those before it, which the closed form must equal.
  private func byOrders(_ parts: Int, _ values: [Double]) -> [Double] {
    var sums = [Double](repeating: 0, count: parts)
    var orders = 0.0
    func go(_ set: Int, _ added: [Double]) {
      guard set != 1 << parts - 1 else {
        orders += 1
        for part in 0..<parts { sums[part] += added[part] }
        return
      }
      for part in 0..<parts where set & 1 << part == 0 {
        var next = added
        next[part] = values[set | 1 << part] - values[set]
        go(set | 1 << part, next)
      }
    }
    go(0, sums)
    return sums.map { $0 / orders }
  }

  @Test(arguments: 1...4) func `Values are the mean over all orders, and sum to the whole`(parts: Int) {
    for seed in 0..<20 as Range<UInt64> {
      let values = game(parts, seed: seed)
      let shapley = Shapley.values(parts: parts) { values[$0] }
      for (found, expected) in zip(shapley, byOrders(parts, values)) { #expect(abs(found - expected) < 1e-14) }
      #expect(abs(shapley.reduce(0, +) - values[1 << parts - 1]) < 1e-14, "parts \(parts), seed \(seed)")
    }
  }

  @Test func `A single part has the whole, and one that adds nothing exactly nothing`() {
    #expect(Shapley.values(parts: 1) { $0 == 0 ? 0 : 0.3 } == [0.3])
    #expect(Shapley.values(parts: 0) { _ in 1 } == [])
    let values = game(2, seed: 3)
    // Parts 0 and 2 as before, with a part between them that changes nothing.
    let shapley = Shapley.values(parts: 3) { values[$0 & 1 | ($0 >> 1) & 2] }
    #expect(shapley[1] == 0)
    for (found, expected) in zip([shapley[0], shapley[2]], Shapley.values(parts: 2) { values[$0] }) {
      #expect(abs(found - expected) < 1e-15)
    }
  }

  @Test func `Values follow their parts into another order, and like parts are worth alike`() {
    let values = game(3, seed: 9)
    let order = [2, 0, 1]
    let moved = Shapley.values(parts: 3) { set in
      values[order.indices.reduce(0) { set & 1 << $1 == 0 ? $0 : $0 | 1 << order[$1] }]
    }
    let own = Shapley.values(parts: 3) { values[$0] }
    for (place, part) in order.enumerated() { #expect(abs(moved[place] - own[part]) < 1e-15) }
    let alike = Shapley.values(parts: 4) { Double($0.nonzeroBitCount * $0.nonzeroBitCount) }
    #expect(alike.allSatisfy { abs($0 - 4) < 1e-14 })
  }
}
