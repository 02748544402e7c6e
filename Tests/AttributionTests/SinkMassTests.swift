import Foundation
import LinearAlgebra
import Testing

@testable import Attribution

/// Attention mass and centring beside a sink, against softmaxes in double.
@Suite struct SinkMassTests {
  private static let map = RegionMap(runs: [[0..<4], [4..<7, 8..<12]], count: 12)

  /// The terms of a row: dKᵀQ and KᵀdQ, and the sink's.
  private struct Row {
    let scores: [Double]
    let byKey: [Double]
    let byQuery: [Double]
    let both: [Double]
    let sink: (logit: Double, change: Double)

    init(_ logit: Double, size: Double, trained: Double, seed: UInt64) {
      var random = SplitMix64(seed: seed)
      func drawn(_ size: Double) -> [Double] { (0..<12).map { _ in Double(Float(size * (2 * random.unit() - 1))) } }
      (scores, byKey, byQuery, both) = (drawn(3), drawn(size), drawn(size), drawn(size))
      sink = (logit, Double(Float(trained)))
    }

    /// By key, then of the sink.
    func softmax(_ terms: [[Double]], hasSinkChange: Bool = false) -> [Double] {
      let values = scores.indices.map { key in terms.reduce(scores[key]) { $0 + $1[key] } }
      let all = values + [sink.logit + (hasSinkChange ? sink.change : 0)]
      let top = all.max() ?? 0
      let powers = all.map { exp($0 - top) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
  }

  @Test(arguments: [-8, 0, 8] as [Double], [0, 0.7, 60])
  func `Masses follow the definitions`(logit: Double, size: Double) {
    for trained in [0, -0.4, 3] {
      check(Row(logit, size: size, trained: trained, seed: 3), size: size, trained: trained)
    }
  }

  private func check(_ row: Row, size: Double, trained: Double) {
    let before = row.softmax([])
    let (key, query) = (row.softmax([row.byKey]), row.softmax([row.byQuery]))
    let all = row.softmax([row.byKey, row.byQuery, row.both])
    let after = row.softmax([row.byKey, row.byQuery, row.both], hasSinkChange: true)
    let sums = accumulated(row, before, after)
    for column in 0..<3 {
      let own = before.indices.filter { $0 == 12 ? column == 2 : Self.map.regionOfToken[$0] == column }
      func mass(_ pattern: [Double]) -> Double { own.reduce(0) { $0 + pattern[$1] } }
      // The query is the last token, of the second region.
      let found = sums[3 + column]
      func expectNear(_ value: Double, _ expected: Double) { #expect(abs(value - expected) <= 2e-6) }
      expectNear(found.base, mass(before))
      expectNear(found.change, mass(after) - mass(before))
      expectNear(found.moved, own.reduce(0) { $0 + abs(after[$1] - before[$1]) } / 2)
      expectNear(found.byKeyAlone, mass(key) - mass(before))
      expectNear(found.byQueryAlone, mass(query) - mass(before))
      expectNear(found.bySink, mass(after) - mass(all))
      #expect(found.trainedSinks == (trained == 0 ? 0 : 1))
      if size == 0 { #expect(found.bySink == found.change && (found.byKeyAlone, found.byQueryAlone) == (0, 0)) }
    }
    #expect(sums[0..<3].allSatisfy { $0 == MassSums() })
  }

  private func accumulated(_ row: Row, _ before: [Double], _ after: [Double]) -> [MassSums] {
    var accumulator = MassAccumulator(regions: Self.map, hasSinks: true)
    let change = zip(before, after).map { $1 - $0 }
    let memory = Matrix(
      rows: 4, columns: 13, (before + change + row.byQuery + [0] + row.byKey + [0]).map { Float($0) })
    withExtendedLifetime(memory) {
      let view = memory.view
      let sink = RowSink(
        logit: Float(row.sink.logit), pattern: view[0][12], change: view[1][12], logitChange: Float(row.sink.change))
      accumulator.addBase(view[0], sink: sink.pattern, keys: 0..<12, query: 11)
      accumulator.addChange(
        MassRow(
          keys: 0..<12, changedKeys: 0..<12, pattern: view[0], change: view[1], byQuery: view[2], byKey: view[3],
          sink: sink), query: 11
      ) { row.scores[$0] }
    }
    return accumulator.sums
  }

  /// T_ij − Σ_j p_ij T_ij, where the weights of the keys sum to less than 1.
  @Test(arguments: [-8, 0, 8] as [Double]) func `Centring knows that a sink has no score`(logit: Double) {
    let row = Row(logit, size: 1, trained: 0, seed: 5)
    let pattern = row.softmax([])
    let memory = Matrix(
      rows: 4, columns: 12, (pattern.dropLast() + row.byQuery + row.byKey + row.both).map { Float($0) })
    let map = RegionMap(runs: [[0..<12]], count: 12)
    var blocks = BlockAccumulator(regions: map)
    withExtendedLifetime(memory) {
      let view = memory.view
      blocks.add(
        TermRow(
          keys: 0..<12, changedKeys: 0..<12, pattern: view[0], byQuery: view[1], byKey: view[2], byBoth: view[3],
          sink: Float(pattern[12])), query: 11)
    }
    for (term, values) in [(TermLane.term(.dKtQ), row.byKey), (.term(.KtdQ), row.byQuery), (.term(.dKtdQ), row.both)] {
      let mean = zip(pattern, values).reduce(0) { $0 + $1.0 * $1.1 }
      let expected = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      #expect(abs(blocks.sums[0].centered.square[term] - expected) <= 1e-5 * expected)
      #expect(abs(blocks.sums[0].centered.sum[term] - values.reduce(0) { $0 + $1 - mean }) <= 1e-5 * 12)
    }
  }
}
