import Attribution
import LinearAlgebra
import Results
import Testing

/// Sums of random rows against their definitions in double.
@Suite struct TermRowTests {
  private struct Row {
    var pattern: [Float]
    var terms: [[Float]]
  }

  /// A seeded row over keys 0...query; terms that involve dk are zero below `firstChanged`.
  private func row(query: Int, firstChanged: Int) -> Row {
    var state = UInt64(query * 31 + firstChanged + 1)
    func next() -> Float {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
    let raw = (0...query).map { _ in next() + 1.5 }
    let sum = raw.reduce(0, +)
    return Row(
      pattern: raw.map { $0 / sum },
      terms: Term.allCases.map { term in
        (0...query).map { key in term != .KtdQ && key < firstChanged ? 0 : next() }
      })
  }

  @Test(arguments: [(1, 0), (7, 3), (8, 8), (40, 17), (600, 300)])
  func sumsFollowTheDefinitions(query: Int, firstChanged: Int) {
    let map = RegionMap(runs: [[0..<5, 9..<12], [5..<9, 12..<1000]], count: 1000)
    let row = row(query: query, firstChanged: firstChanged)
    var accumulator = BlockAccumulator(regions: map)
    // A row of terms points to memory that somebody else keeps.
    let memory = Matrix(rows: 4, columns: query + 1, row.pattern + row.terms.flatMap(\.self))
    withExtendedLifetime(memory) {
      let view = memory.view
      accumulator.add(
        TermRow(
          keys: 0..<query + 1, changedKeys: firstChanged..<query + 1, pattern: view[0], byQuery: view[2],
          byKey: view[1] + firstChanged, byBoth: view[3] + firstChanged), query: query)
    }
    let queryRegion = map.regionOfToken[query] ?? 0
    for keyRegion in 0..<2 {
      let sums = accumulator.sums[queryRegion * 2 + keyRegion]
      let keys = (0...query).filter { map.regionOfToken[$0] == keyRegion }
      check(sums.raw, row.terms.map { values in keys.map { Double(values[$0]) } })
      let centred = row.terms.map { values in
        let mean = zip(values, row.pattern).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        return keys.map { Double(values[$0]) - mean }
      }
      check(sums.centered, centred)
    }
    #expect(accumulator.sums[(1 - queryRegion) * 2] == BlockSums())
  }

  /// Terms that are the same at all keys move no attention, and one key with nearly all of it leaves the others their digits.
  @Test func centringLeavesNoRounding() {
    let map = RegionMap(runs: [[0..<20]], count: 20)
    var pattern = [Float](repeating: 1e-7, count: 20)
    pattern[7] = 1 - 19e-7
    func centered(_ terms: [[Float]]) -> TermSums {
      var accumulator = BlockAccumulator(regions: map)
      let memory = Matrix(rows: 4, columns: 20, pattern + terms.flatMap(\.self))
      withExtendedLifetime(memory) {
        let view = memory.view
        accumulator.add(
          TermRow(
            keys: 0..<20, changedKeys: 0..<20, pattern: view[0], byQuery: view[2], byKey: view[1], byBoth: view[3]),
          query: 19)
      }
      return accumulator.sums[0].centered
    }
    let same = centered([0.7, -1.3, 3.1].map { [Float](repeating: $0, count: 20) })
    #expect(same.square == SIMD4() && same.largest == SIMD4())
    var single = [Float](repeating: 0.7, count: 20)
    single[3] += 0.5
    let one = centered([single, single, single])
    // The mean lies p₃·gain above the others' term.
    let gain = Double(single[3] - single[7])
    let mean = gain * Double(pattern[3])
    let lane = Term.KtdQ.rawValue
    #expect(abs(one.largest[lane] - (gain - mean)) <= 1e-7)
    #expect(abs(one.absolute[lane] - (gain - mean) - 19 * mean) <= 1e-7)
  }

  private func check(_ sums: TermSums, _ terms: [[Double]]) {
    let count = terms[0].count
    let delta = (0..<count).map { terms[0][$0] + terms[1][$0] + terms[2][$0] }
    let scale = 1e-5 * Double(count + 1)
    for (lane, values) in (terms + [delta]).enumerated() {
      expectClose(sums.sum[lane], values.reduce(0, +), scale)
      expectClose(sums.absolute[lane], values.reduce(0) { $0 + abs($1) }, scale)
      expectClose(sums.square[lane], values.reduce(0) { $0 + $1 * $1 }, scale)
      expectClose(sums.largest[lane], values.map { abs($0) }.max() ?? 0, 1e-5)
      expectClose(sums.shared[lane], zip(values, delta).reduce(0) { $0 + $1.0 * $1.1 }, scale)
    }
    for lane in 0..<3 {
      let alone = (0..<count).count { pair in
        (0..<3).allSatisfy { $0 == lane || abs(terms[lane][pair]) > abs(terms[$0][pair]) }
      }
      #expect(abs(sums.dominant[lane] - alone) <= 1)
    }
  }

  private func expectClose(_ value: Double, _ expected: Double, _ tolerance: Double) {
    #expect(!(abs(value - expected) > tolerance), "\(value) where \(expected) is expected")
  }
}
