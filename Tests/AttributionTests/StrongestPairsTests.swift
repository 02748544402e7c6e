import Attribution
import LinearAlgebra
import Results
import Testing

/// The strongest pairs against all pairs, sorted.
@Suite struct StrongestPairsTests {
  private func pair(_ nats: Float, prompt: Int = 0, head: Int = 0, query: Int = 0, key: Int = 0) -> ScoredPair {
    ScoredPair(
      prompt: prompt, head: head, query: query, key: key, raw: SIMD4(), centered: SIMD4(), pattern: SIMD2(), nats: nats)
  }

  /// Pairs of few sizes, so that most have equals; some are no pairs.
  private func drawn(_ generator: inout SplitMix64) -> [ScoredPair] {
    (0..<200).map { index in
      pair(
        Float(generator.next(below: 9)) - 4, prompt: index / 50, head: index / 10 % 5, query: index % 10 / 3,
        key: index % 10 % 3)
    }
  }

  @Test(arguments: [0, 1, 2, 7, 100, 500]) func `The order in which pairs come changes nothing`(limit: Int) {
    var generator = SplitMix64(seed: UInt64(limit + 1))
    let all = drawn(&generator)
    let expected = all.filter { $0.nats > 0 }.sorted {
      ($1.nats, $0.prompt, $0.head, $0.query, $0.key) < ($0.nats, $1.prompt, $1.head, $1.query, $1.key)
    }.prefix(limit)
    for _ in 0..<5 {
      var shuffled = all
      for index in shuffled.indices.dropFirst() { shuffled.swapAt(index, generator.next(below: index + 1)) }
      var (one, first, second) = (
        StrongestPairs(limit: limit), StrongestPairs(limit: limit), StrongestPairs(limit: limit)
      )
      for (index, pair) in shuffled.enumerated() {
        one.insert(pair)
        if index % 3 == 0 { first.insert(pair) } else { second.insert(pair) }
      }
      first += second
      #expect(one.pairs == Array(expected))
      #expect(first == one)
      #expect(one.pairs.count <= limit)
    }
  }

  @Test func `What is no number is no pair`() {
    var strongest = StrongestPairs(limit: 3)
    for nats in [Float.nan, 0, -0.0, -1, 2, .nan] { strongest.insert(pair(nats)) }
    #expect(strongest.pairs.map(\.nats) == [2])
  }

  /// Rows around the eight lanes and the 256 pairs of a run, with changed keys from somewhere within a region.
  @Test(arguments: [(0, 0), (1, 0), (7, 3), (8, 8), (40, 17), (600, 300), (600, 601)])
  func `Rows give what sorting all pairs gives`(query: Int, firstChanged: Int) {
    let map = RegionMap(runs: [[0..<5, 9..<12], [5..<9, 12..<590, 592..<1000]], count: 1000)
    var generator = SplitMix64(seed: UInt64(query * 31 + firstChanged))
    // Multiples of 1/8 have sums without rounding, and equals.
    func drawn() -> Float { Float(generator.next(below: 33)) / 8 - 2 }
    let keys = 0..<query + 1
    let terms = Term.allCases.map { term in
      keys.map { $0 < firstChanged && term != .KtdQ ? 0 : drawn() }
    }
    // All of the attention is on the first key, so that the means are its terms.
    // Multiples too, so that nats have equals; those below 0 are no pairs.
    let (pattern, change) = (keys.map { $0 == 0 ? Float(1) : 0 }, keys.map { _ in drawn() })
    let level = SIMD2<Float>(0.5, 0.125)
    var accumulator = PairAccumulator(limit: 6, prompt: 3, head: 2, regions: map)
    let memory = Matrix(rows: 5, columns: keys.count, pattern + terms.flatMap(\.self) + change)
    withExtendedLifetime(memory) {
      let view = memory.view
      let row = TermRow(
        keys: keys, changedKeys: min(firstChanged, keys.count)..<keys.count, pattern: view[0], byQuery: view[2],
        byKey: view[1] + min(firstChanged, keys.count), byBoth: view[3] + min(firstChanged, keys.count))
      accumulator.add(row, felt: DivergenceRow(terms: row, change: view[4], level: level), query: query)
    }
    let region = map.regionOfToken[query] ?? 0
    for keyRegion in 0..<2 {
      let all = keys.filter { keys.count > 1 && map.regionOfToken[$0] == keyRegion }.map { key in
        let raw = SIMD4(terms[0][key], terms[1][key], terms[2][key], terms[0][key] + terms[1][key] + terms[2][key])
        let mean = SIMD4(terms[0][0], terms[1][0], terms[2][0], terms[0][0] + terms[1][0] + terms[2][0])
        return ScoredPair(
          prompt: 3, head: 2, query: query, key: key, raw: raw, centered: raw - mean,
          pattern: SIMD2(pattern[key], change[key]), nats: change[key] * (raw[3] - 0.625))
      }
      let expected = all.filter { $0.nats > 0 }.sorted { $0.precedes($1) }.prefix(6)
      #expect(accumulator.blocks[region * 2 + keyRegion].pairs == Array(expected))
    }
    #expect(accumulator.blocks[(1 - region) * 2].pairs.isEmpty)
  }
}
