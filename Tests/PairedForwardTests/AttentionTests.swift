import LinearAlgebra
import Testing

@testable import PairedForward

/// The attention tile against double precision, pair by pair: prompts of one token, around the lane width, and longer than a tile.
@Suite struct AttentionTests {
  /// Runs that change from the first token on, from the middle, from the last, and nowhere in some prompts.
  private static func starts(_ lengths: [Int]) -> [[Int]] {
    [
      lengths.map { _ in 0 }, lengths.map { $0 / 2 }, lengths.map { $0 - 1 },
      lengths.enumerated().map { $0 == 0 ? 3 : $1 },
    ]
  }

  @Test(arguments: changeSizes, [(nil, nil), (nil, 4.0), (5, nil), (140, 4.0)] as [(Int?, Double?)])
  func `Terms, patterns and outputs of several runs are the plain ones`(size: Double, shape: (Int?, Double?)) {
    let lengths = [17, 1, 9]
    check(
      lengths, Self.starts(lengths).map { (.first($0), PartFilter()) }, size: size, window: shape.0, softCap: shape.1)
  }

  @Test(arguments: [(150, nil, nil), (300, nil, 4.0), (300, 37, nil), (260, 200, nil)] as [(Int, Int?, Double?)])
  func `Prompts longer than a tile are the plain ones`(tokens: Int, window: Int?, softCap: Double?) {
    let lengths = [tokens, 8]
    let starts = [[0, 0], [tokens / 2 + 5, 8], [tokens - 1, 3]]
    check(lengths, starts.map { (.first($0), PartFilter()) }, size: 0.3, window: window, softCap: softCap)
  }

  /// More runs than are worked on together.
  @Test func `Chunks of runs are the plain ones`() {
    let starts = [[140, 9], [0, 0], [130, 2], [5, 17], [149, 0], [150, 16], [64, 17], [0, 0], [129, 1]]
    check([150, 17], starts.map { (.first($0), PartFilter()) }, size: 5, window: nil, softCap: nil)
    check([150, 17], starts.map { (.first($0), PartFilter()) }, size: 0.3, window: 33, softCap: nil)
  }

  /// Each term of scores and outputs, each source of each operand, everywhere and between some tokens alone.
  @Test(arguments: 0..<18, [nil, 6]) func `A part that is left out is missing from what follows`(
    part: Int, window: Int?
  ) {
    let dropped = PartSet(rawValue: 1 << UInt32(part))
    let some = PartFilter([
      PartFilter.Clause(
        dropped, heads: [.init(layer: 0, head: 1), .init(layer: 0, head: 2)], queries: [[3..<9, 11..<16], [0..<1]],
        keys: [[1..<4, 6..<13], [0..<9]])
    ])
    let runs: [(AttentionBench.Origin, PartFilter)] = [
      (.first([2, 0]), PartFilter([PartFilter.Clause(dropped)])), (.first([0, 0]), some),
      (.first([0, 0]), PartFilter()),
      (.fork(of: 1), PartFilter([PartFilter.Clause([.dKtQ, .PdV], queries: [[12..<17], []])])),
      (.fork(of: 2), some),
    ]
    check([17, 1], runs, size: 0.3, window: window, softCap: nil)
    check([17, 1], runs, size: 0.3, window: window, softCap: 4, layer: 1)
  }

  @Test func `Parts are left out of prompts longer than a tile`() {
    let long = PartFilter([
      PartFilter.Clause([.dKtQ, .dPdV], queries: [[100..<150]], keys: [[0..<60, 120..<140]]),
      PartFilter.Clause(PartSet.source(.own, of: .key).union(.source(.joint, of: .value)), queries: [[60..<130]]),
    ])
    check(
      [150], [(.first([20]), long), (.first([0]), PartFilter()), (.fork(of: 1), long)], size: 1, window: nil,
      softCap: nil)
    check(
      [150], [(.first([20]), long), (.first([0]), PartFilter()), (.fork(of: 1), long)], size: 1, window: 50,
      softCap: nil,
      layer: 1)
  }

  @Test func `Nobody asks, and the outputs are the same`() {
    let lengths = [150, 9]
    check(
      lengths, Self.starts(lengths).map { (.first($0), PartFilter()) }, size: 0.3, window: nil, softCap: nil, needs: [])
  }

  /// All queries of a short prompt; of a long one those around the lane width and the borders of blocks and tiles, and some more.
  private func samples(_ tokens: Int) -> [Int] {
    let borders = [0, 64, tokens / 2, tokens / 2 + 64, 128, tokens / 2 + 128, tokens]
    return (0..<tokens).filter { query in
      tokens < 40 || query % 16 == 5 || borders.contains { abs(query - $0) < 2 }
    }
  }

  private func check(
    _ lengths: [Int], _ runs: [(AttentionBench.Origin, PartFilter)], size: Double, window: Int?, softCap: Double?,
    layer: Int = 0, needs: ProbeNeeds = [.terms, .scores, .pattern, .patternChange]
  ) {
    let bench = AttentionBench(lengths: lengths, runs: runs, size: size, window: window, softCap: softCap)
    // Expected rows first: tiles are forgotten as soon as they were shown.
    var expected: [[Int: PlainAttention.Result]] = []
    func index(_ place: Int, _ span: Int, _ head: Int) -> Int {
      (place * lengths.count + span) * AttentionBench.queryHeads + head
    }
    for state in bench.states {
      for span in lengths.indices {
        for head in 0..<AttentionBench.queryHeads {
          let (plain, change) = (bench.plain(span, head: head), bench.change(state, span, head: head, layer: layer))
          expected.append(
            Dictionary(uniqueKeysWithValues: samples(lengths[span]).map { ($0, plain.attend($0, change)) }))
        }
      }
    }
    var agreement = Agreement()
    var shown = [Set<Int>](repeating: [], count: expected.count)
    bench.run(layer: layer, needs: needs) { tile in
      switch tile {
      case .pattern(let tile):
        for (row, query) in tile.queries.enumerated() {
          guard let own = expected[index(0, tile.prompt, tile.head)][query] else { continue }
          agreement.check(tile.pattern[row], own.pattern, own.keys, tile.keys, "pattern, query \(query)")
        }
      case .scores(let tile):
        guard let place = bench.states.firstIndex(where: { $0.index == tile.run }) else { return }
        let results = expected[index(place, tile.prompt, tile.head)]
        shown[index(place, tile.prompt, tile.head)].formUnion(tile.queries)
        for query in tile.queries { if let own = results[query] { agreement.check(tile, query, own) } }
      }
    }
    for (place, state) in bench.states.enumerated() {
      for span in lengths.indices {
        for head in 0..<AttentionBench.queryHeads {
          let number = index(place, span, head)
          let isShown = state.origin == nil && !needs.isEmpty
          let changing = state.rows.first[span]..<lengths[span]
          #expect(shown[number] == Set(isShown ? changing : 0..<0), "queries that can change are shown, once a head")
          check(bench, state, span, head, expected[number], &agreement)
        }
      }
    }
    agreement.verify()
  }

  /// z and dz.
  private func check(
    _ bench: AttentionBench, _ state: RunState, _ span: Int, _ head: Int, _ expected: [Int: PlainAttention.Result],
    _ agreement: inout Agreement
  ) {
    let columns = head * AttentionBench.dimension..<(head + 1) * AttentionBench.dimension
    for (query, own) in expected {
      let row = bench.batch.spans[span].rows.lowerBound + query
      let place = "run \(state.index), prompt \(span), head \(head), query \(query)"
      for (index, column) in columns.enumerated() {
        agreement.check(
          bench.activations.heads.view[row][column], own.output.value[index], within: own.output.size[index],
          "z, \(place)")
        guard query >= state.rows.first[span], let memory = state.memory else { continue }
        let ownRow = state.rows.spans[span].lowerBound + query - state.rows.first[span]
        agreement.check(
          memory.heads.view[ownRow][column], own.outputChange.value[index], within: own.outputChange.size[index],
          "dz, \(place)")
      }
    }
  }
}

extension Agreement {
  /// A row of a tile whose tolerances come with it; zero where the query does not see a key.
  fileprivate mutating func check(
    _ actual: UnsafePointer<Float>, _ expected: PlainAttention.Row, _ seen: Range<Int>, _ keys: Range<Int>,
    _ place: @autoclosure () -> String
  ) {
    for key in keys {
      let isSeen = seen.contains(key)
      check(
        actual[key - keys.lowerBound], isSeen ? expected.value[key - seen.lowerBound] : 0,
        within: isSeen ? expected.size[key - seen.lowerBound] : 0, "\(place()), key \(key)")
    }
  }

  /// A query of a score tile.
  fileprivate mutating func check(_ tile: ScoreTile, _ query: Int, _ own: PlainAttention.Result) {
    let row = query - tile.queries.lowerBound
    let place = "run \(tile.run), prompt \(tile.prompt), head \(tile.head), query \(query)"
    #expect(tile.keys(of: query) == own.keys)
    check(tile.pattern[row], own.pattern, own.keys, tile.keys, "pattern of \(place)")
    check(tile.patternChange[row], own.patternChange, own.keys, tile.keys, "pattern change of \(place)")
    let steps = Double(AttentionBench.dimension + 4) * epsilon
    for (index, key) in own.keys.enumerated() {
      func expect(_ actual: Float, _ row: PlainAttention.Row, _ term: String) {
        check(actual, row.value[index], within: steps * row.size[index], "\(term) of \(place), key \(key)")
      }
      if let scores = tile.scores { expect(scores[row, key - tile.keys.lowerBound], own.scores, "score") }
      expect(tile.KtdQ[row, key - tile.keys.lowerBound], own.KtdQ, "KtdQ")
      guard tile.changedKeys.contains(key) else {
        check(0, own.dKtQ.size[index] + own.dKtdQ.size[index], within: 0, "a key that cannot change, of \(place)")
        continue
      }
      expect(tile.dKtQ[row, key - tile.changedKeys.lowerBound], own.dKtQ, "dKtQ")
      expect(tile.dKtdQ[row, key - tile.changedKeys.lowerBound], own.dKtdQ, "dKtdQ")
    }
  }
}
