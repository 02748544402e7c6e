import Checkpoints
import LeibnizTesting
import LinearAlgebra
import Testing

@testable import LeibnizTesting
@testable import PairedForward

/// What must hold to the bit: changes of nothing, forks of nothing, repetition, threads; and what order may not change.
@Suite struct SameBitsTests {
  /// Three adaptations with masks over prompts around the lane width and one longer than a tile, with forks.
  private func withCase<Result>(_ body: (PassCase) throws -> Result) throws -> Result {
    try withTinyModel(.narrow) { model in
      var test = PassCase(model, lengths: [9, 135, 1, 17])
      let description = model.description
      test.runs = [
        ChangeRun(.drawn(for: description, seed: 1), masks: test.masks(seed: 1, sites: [.k])),
        ChangeRun(.drawn(for: description, seed: 2, size: 0.3, .all), masks: test.masks(seed: 2, from: { $0 / 2 })),
        ChangeRun(forkOf: 0, filter: PartFilter([PartFilter.Clause(.dKtQ, layers: [1])])),
        ChangeRun(.drawn(for: description, seed: 3, [.dense, .norms]), masks: test.masks(seed: 3)),
        ChangeRun(forkOf: 1, filter: PartFilter([PartFilter.Clause([.source(.own, of: .value), .KtdQ])])),
        ChangeRun(
          .drawn(for: description, seed: 4), masks: test.masks(seed: 4),
          filter: PartFilter([PartFilter.Clause(.dPV, heads: [.init(layer: 0, head: 1)])])),
      ]
      return try body(test)
    }
  }

  @Test func `A change of nothing is exactly zero`() throws {
    try withCase { test in
      var test = test
      var still = Adaptation.drawn(for: test.model.description, seed: 9)
      for (module, change) in still.linears {
        let zeros = [Float](repeating: 0, count: change.lowRank[0].b.count)
        still.linears[module]?.lowRank[0].b = zeros
      }
      test.runs = [
        ChangeRun(still, masks: test.masks(seed: 1)), test.runs[1],
        ChangeRun(Adaptation(name: "none", kind: .none, fingerprint: ""), masks: test.masks(seed: 2)),
        ChangeRun(forkOf: 0, filter: PartFilter([PartFilter.Clause(.scores)])),
      ]
      let (all, base) = try (test.record(), test.withRuns([]).record())
      var seen = 0
      for (key, row) in all.rows where key.run != nil && key.run != 1 && !key.what.isOfBase {
        #expect(row.allSatisfy { $0 == 0 }, "\(key)")
        seen += 1
      }
      #expect(seen > 1000)
      // An adaptation without a change has no row at all.
      #expect(!all.rows.keys.contains { $0.run == 2 })
      #expect(all.rows.contains { $0.key.run == 1 && $0.key.what == .logitChange && $0.value.contains { $0 != 0 } })
      expectSame(all.rows.filter { $0.key.run == nil }, base.rows, within: 1e-6)
    }
  }

  @Test func `A fork of nothing is its origin`() throws {
    try withCase { test in
      var test = test
      let nothing: [PartFilter] = [
        PartFilter(), PartFilter([PartFilter.Clause([])]), PartFilter([PartFilter.Clause(.scores, layers: [])]),
        PartFilter([PartFilter.Clause(.values, queries: test.prompts.map { _ in [] })]),
        PartFilter([PartFilter.Clause(.source(.norm, of: .key))]),
      ]
      test.runs = Array(test.runs.prefix(2)) + nothing.map { ChangeRun(forkOf: 0, filter: $0) }
      let recorder = try test.record([.logits])
      let alone = try test.withRuns(Array(test.runs.prefix(2))).record([.logits])
      for (key, row) in recorder.rows where (key.run ?? 0) >= 2 {
        var origin = key
        origin.run = 0
        #expect(recorder.rows[origin] == row, "\(key)")
      }
      #expect(recorder.rows.keys.filter { $0.run == 2 }.count == recorder.rows.keys.filter { $0.run == 0 }.count)
      // And it costs the others nothing.
      #expect(firstDifferences(recorder.rows.filter { ($0.key.run ?? 0) < 2 }, alone.rows).isEmpty)
    }
  }

  @Test func `A run whose predictions nobody wants has no logits, unless a fork of it needs them`() throws {
    try withCase { test in
      var quiet = test
      for run in [0, 3, 5] { quiet.runs[run].predicts = false }
      let (all, some) = try (test.record([.logits, .stream]), quiet.record([.logits, .stream]))
      let logits = some.rows.filter { $0.key.what == .logitChange }
      // Run 2 is a fork of run 0, and is run 0 on the tokens before it forks off.
      #expect(Set(logits.keys.compactMap(\.run)) == [0, 1, 2, 4])
      let rest = all.rows.filter { $0.key.what != .logitChange || ![3, 5].contains($0.key.run) }
      #expect(rest.count < all.rows.count)
      expectSame(some.rows, rest, within: 1e-6)
    }
  }

  @Test func `Threads change no bit`() throws {
    try withCase { test in
      let one = try test.record(threads: 1)
      #expect(!one.rows.isEmpty)
      for threads in [2, 3, 7] {
        let some = try test.record(threads: threads)
        #expect(firstDifferences(some.rows, one.rows).isEmpty)
      }
    }
  }

  @Test func `A pass repeats itself`() throws {
    try withCase { test in
      let (first, second) = (try test.record(), try test.record())
      #expect(firstDifferences(first.rows, second.rows).isEmpty)
    }
  }

  @Test func `The same run given twice is the same`() throws {
    try withCase { test in
      let recorder = try test.withRuns([test.runs[0], test.runs[1], test.runs[0]]).record()
      let (first, third) = (recorder.rows.filter { $0.key.run == 0 }, recorder.rows.filter { $0.key.run == 2 })
      #expect(first.count == third.count)
      expectSame(first, renumbered(third) { _ in 0 }, within: 1e-6)
    }
  }

  @Test func `Order and company of runs change nothing but rounding`() throws {
    try withCase { test in
      let all = try test.record()
      var turned = test
      // Runs 5, 3, 1, 0 and the forks of 1 and 0.
      let order = [5, 3, 1, 0, 4, 2]
      turned.runs = order.map { test.runs[$0] }
      turned.runs[4].origin = .fork(of: 2)
      turned.runs[5].origin = .fork(of: 3)
      expectSame(all.rows, renumbered(try turned.record().rows) { order[$0] }, within: 1e-6)
      for run in [0, 1, 3, 5] {
        let alone = try test.withRuns([test.runs[run]]).record()
        expectSame(
          all.rows.filter { $0.key.run == run || $0.key.run == nil }, renumbered(alone.rows) { _ in run },
          within: 3 * 48 * epsilon)
      }
    }
  }

  @Test(arguments: [1, 20, 160]) func `Packing changes nothing but rounding`(batchTokens: Int) throws {
    try withCase { test in
      expectSame(
        try test.record().rows, try test.record(batchTokens: batchTokens).rows, within: 3 * 48 * epsilon)
    }
  }

  @Test func `A probe that asks for less sees the same`() throws {
    try withCase { test in
      let all = try test.record()
      for needs: ProbeNeeds in [
        .stream, .logits, [.terms], [.terms, .patternChange], .pattern, .sources, .projections,
      ] {
        let some = try test.record(needs)
        #expect(!some.rows.isEmpty)
        let keys = Set(some.rows.keys)
        expectSame(all.rows.filter { keys.contains($0.key) }, some.rows, within: 3 * 48 * epsilon)
      }
    }
  }

  /// Some rows that are not the same to the bit.
  private func firstDifferences(
    _ first: [Recorder.Key: [Float]], _ second: [Recorder.Key: [Float]]
  ) -> [Recorder.Key] {
    let missing = second.keys.filter { first[$0] == nil }
    return Array((first.keys.filter { first[$0] != second[$0] } + missing).prefix(3))
  }

  private func renumbered(_ rows: [Recorder.Key: [Float]], _ number: (Int) -> Int) -> [Recorder.Key: [Float]] {
    Dictionary(
      uniqueKeysWithValues: rows.map { key, row in
        var key = key
        key.run = key.run.map(number)
        return (key, row)
      })
  }

  /// The same rows, equal beside the largest value of their kind.
  private func expectSame(
    _ first: [Recorder.Key: [Float]], _ second: [Recorder.Key: [Float]], within tolerance: Double,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(Set(first.keys) == Set(second.keys), sourceLocation: sourceLocation)
    var largest: [Recorder.Key: Double] = [:]
    func kind(_ key: Recorder.Key) -> Recorder.Key {
      var key = key
      (key.position, key.head) = (0, 0)
      return key
    }
    for (key, row) in first {
      largest[kind(key)] = row.reduce(largest[kind(key)] ?? 0) { max($0, Double(abs($1))) }
    }
    var agreement = Agreement()
    for (key, row) in first {
      guard let other = second[key], other.count == row.count else { continue }
      agreement.check(row, other.map(Double.init), within: tolerance * (largest[kind(key)] ?? 0), "\(key)")
    }
    agreement.verify(sourceLocation: sourceLocation)
  }
}

extension PassCase {
  fileprivate func withRuns(_ runs: [ChangeRun]) -> PassCase {
    var result = self
    result.runs = runs
    return result
  }
}

extension Recorder.Key.What {
  /// Operands of the base, which a run's tiles show too.
  fileprivate var isOfBase: Bool {
    switch self {
    case .query, .key, .value, .stream, .pattern, .logits: true
    default: false
    }
  }
}
