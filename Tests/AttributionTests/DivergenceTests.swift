import Foundation
import LinearAlgebra
import Results
import Testing

@testable import Attribution

/// Nats of drawn rows against their definitions in double.
@Suite struct DivergenceTests {
  /// A row of attention: scores and terms are drawn, and everything else follows in double.
  private struct Row {
    var scores: [Double]
    /// dKᵀQ, KᵀdQ, dKᵀdQ by key; those with dk are zero before the first key that can change.
    var terms: [[Double]]
    let firstChanged: Int

    init(query: Int, firstChanged: Int, size: Double, seed: UInt64 = 1) {
      var state = UInt64(query * 31 + firstChanged) &+ seed
      func next() -> Double {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Double(Int64(bitPattern: state) >> 32) / Double(Int64(1) << 31)
      }
      self.firstChanged = firstChanged
      scores = (0...query).map { _ in 3 * next() }
      terms = Term.allCases.map { term in
        (0...query).map { key in term != .KtdQ && key < firstChanged ? 0 : Double(Float(size * next())) }
      }
    }

    var change: [Double] { scores.indices.map { key in terms.reduce(0) { $0 + $1[key] } } }
    var pattern: [Double] { softmax(scores) }
    var adapted: [Double] { softmax(zip(scores, change).map { $0 + $1 }) }
    /// ℓ, by a sum in which nothing cancels.
    var level: Double { log1p(zip(pattern, change).reduce(0) { $0 + $1.0 * expm1($1.1) }) }
    /// log p′ − log p.
    var logarithms: [Double] {
      let level = level
      return change.map { $0 - level }
    }
    /// p′ − p.
    var moved: [Double] { zip(pattern, logarithms).map { $0 * expm1($1) } }

    private func softmax(_ scores: [Double]) -> [Double] {
      let top = scores.max() ?? 0
      let powers = scores.map { exp($0 - top) }
      let sum = powers.reduce(0, +)
      return powers.map { $0 / sum }
    }
  }

  /// A sink is one more key with no score; the change of its logit is a term of its own.
  @Test(arguments: [-20, 0, 20] as [Double], [4, 0.5, 1e-3])
  func `Nats with a sink follow the definitions`(logit: Double, size: Double) {
    for (query, trained) in [(0, 0.0), (0, 1), (7, 0), (7, 1), (40, 0), (40, 1)] {
      var row = Row(query: query, firstChanged: query / 2, size: size)
      // The sink as the last key of the plain row.
      row.scores.append(logit)
      for term in row.terms.indices { row.terms[term].append(0) }
      let change = Double(Float(trained * size))
      row.terms.append(Array(repeating: 0, count: query + 1) + [change])
      let (moved, logarithms) = (row.moved, row.logarithms)
      let (forward, backward) = divergences(row)
      let whole = forward + backward
      let mixture = zip(row.pattern, moved).map { $0 + (whole > 0 ? forward / whole : 0.5) * $1 }
      let sums = accumulate(row, Self.map, sink: change).accumulator.sums
      let region = Self.map.regionOfToken[query] ?? 0
      let all = moved.indices.map { $0 == query + 1 ? 2 : Self.map.regionOfToken[$0] }
      for key in 0..<3 {
        let (own, keys) = (sums[region * 3 + key], moved.indices.filter { all[$0] == key })
        expectClose(own.divergence, keys.reduce(0) { $0 + moved[$1] * logarithms[$1] }, whole)
        let found = Term.allCases.map { own[$0] } + [own.sink]
        for (term, values) in row.terms.enumerated() {
          let mean = zip(mixture, values).reduce(0) { $0 + $1.0 * $1.1 }
          expectClose(found[term], keys.reduce(0) { $0 + moved[$1] * (values[$1] - mean) }, whole)
        }
        expectClose(found.reduce(0, +), own.divergence, whole)
        #expect(own.trainedSinks == Int(trained))
      }
    }
  }

  private func accumulate(
    _ row: Row, _ map: RegionMap, sink change: Double
  ) -> (accumulator: DivergenceAccumulator, weight: Double) {
    let (count, first) = (row.scores.count - 1, row.firstChanged)
    var accumulator = DivergenceAccumulator(regions: map, hasSinks: true)
    let values = [row.pattern, row.moved] + row.terms
    let memory = Matrix(rows: values.count, columns: count + 1, values.joined().map { Float($0) })
    let weight = withExtendedLifetime(memory) {
      let view = memory.view
      let sink = RowSink(
        logit: Float(row.scores[count]), pattern: view[0][count], change: view[1][count], logitChange: Float(change))
      let terms = TermRow(
        keys: 0..<count, changedKeys: first..<count, pattern: view[0], byQuery: view[3], byKey: view[2] + first,
        byBoth: view[4] + first, sink: sink.pattern)
      return accumulator.add(
        DivergenceRow(terms: terms, change: view[1], level: SIMD2(0, Float(row.level)), sink: sink), query: count - 1)
    }
    return (accumulator, weight)
  }

  private func accumulate(_ row: Row, _ map: RegionMap) -> (accumulator: DivergenceAccumulator, weight: Double) {
    let (count, first) = (row.scores.count, row.firstChanged)
    var accumulator = DivergenceAccumulator(regions: map)
    let values = [row.pattern, row.moved] + row.terms
    let memory = Matrix(rows: values.count, columns: count, values.joined().map { Float($0) })
    let weight = withExtendedLifetime(memory) {
      let view = memory.view
      let terms = TermRow(
        keys: 0..<count, changedKeys: first..<count, pattern: view[0], byQuery: view[3], byKey: view[2] + first,
        byBoth: view[4] + first)
      return accumulator.add(
        DivergenceRow(terms: terms, change: view[1], level: SIMD2(0, Float(row.level))), query: count - 1)
    }
    return (accumulator, weight)
  }

  private static let map = RegionMap(runs: [[0..<5, 9..<12], [5..<9, 14..<1000]], count: 1000)

  /// From a change that moves nearly everything to one of which a subtraction would leave nothing.
  @Test(arguments: [(1, 0), (7, 3), (8, 8), (40, 17), (600, 300)], [4, 0.5, 1e-3, 1e-6])
  func `Nats follow the definitions`(_ shape: (query: Int, firstChanged: Int), size: Double) {
    let row = Row(query: shape.query, firstChanged: shape.firstChanged, size: size)
    let (accumulator, weight) = accumulate(row, Self.map)
    let (forward, backward) = divergences(row)
    let (whole, moved, logarithms) = (forward + backward, row.moved, row.logarithms)
    // Where little changes its digits are few, and matter as little.
    #expect(abs(weight - forward / whole) <= max(1e-5, 1e-6 / size))
    let mixture = zip(row.pattern, row.moved).map { $0 + forward / whole * $1 }
    let region = Self.map.regionOfToken[shape.query] ?? 0
    var found = 0.0
    for key in 0..<2 {
      let sums = accumulator.sums[region * 2 + key]
      let keys = row.scores.indices.filter { Self.map.regionOfToken[$0] == key }
      expectClose(sums.divergence, keys.reduce(0) { $0 + moved[$1] * logarithms[$1] }, whole)
      for term in Term.allCases {
        let values = row.terms[term.rawValue]
        let mean = zip(mixture, values).reduce(0) { $0 + $1.0 * $1.1 }
        expectClose(sums[term], keys.reduce(0) { $0 + moved[$1] * (values[$1] - mean) }, whole)
      }
      expectClose(Term.allCases.reduce(0) { $0 + sums[$1] }, sums.divergence, whole)
      found += sums.divergence
    }
    let gap = row.scores.indices.filter { Self.map.regionOfToken[$0] == nil }
    expectClose(found + gap.reduce(0) { $0 + moved[$1] * logarithms[$1] }, whole, whole)
    #expect(accumulator.sums[(1 - region) * 2] == AttentionNats())
  }

  @Test(arguments: [3, 0.1, 1e-5], [1, 2, 3] as [UInt64]) func `No pair is negative`(size: Double, seed: UInt64) {
    let map = RegionMap(runs: (0..<30).map { [$0..<$0 + 1] }, count: 30)
    let row = Row(query: 29, firstChanged: 10, size: size, seed: seed)
    let sums = accumulate(row, map).accumulator.sums
    #expect(sums.allSatisfy { $0.divergence >= 0 } && sums.contains { $0.divergence > 0 })
  }

  @Test func `What a whole row gains is not felt`() {
    let map = RegionMap(runs: [[0..<40]], count: 40)
    var row = Row(query: 39, firstChanged: 0, size: 0)
    #expect(accumulate(row, map).accumulator.sums == [AttentionNats()])
    for term in row.terms.indices { row.terms[term] = row.terms[term].map { _ in 0.75 } }
    #expect(accumulate(row, map).accumulator.sums == [AttentionNats()])
    var moved = Row(query: 39, firstChanged: 0, size: 0.25)
    let before = accumulate(moved, Self.map).accumulator.sums
    for term in moved.terms.indices { moved.terms[term] = moved.terms[term].map { $0 + 0.5 } }
    for (sums, other) in zip(accumulate(moved, Self.map).accumulator.sums, before) {
      for lane in 0..<4 { #expect(abs(sums.terms[lane] - other.terms[lane]) <= 1e-5 * abs(other.divergence)) }
    }
  }

  /// KL(p‖p′) and KL(p′‖p); each pair of summands is added so that nothing cancels.
  private func divergences(_ row: Row) -> (forward: Double, backward: Double) {
    func excess(_ e: Double) -> Double { abs(e) < 1e-3 ? e * e / 2 * (1 + e / 3 * (1 + e / 4)) : expm1(e) - e }
    let forward = zip(row.pattern, row.logarithms).reduce(0) { $0 + $1.0 * excess($1.1) }
    return (forward, zip(row.adapted, row.logarithms).reduce(0) { $0 + $1.0 * excess(-$1.1) })
  }

  private func expectClose(_ value: Double, _ expected: Double, _ whole: Double) {
    #expect(!(abs(value - expected) > 1e-5 * whole), "\(value) where \(expected) is expected, of \(whole)")
  }
}
