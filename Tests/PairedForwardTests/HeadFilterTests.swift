import Testing
import Vocabulary

@testable import PairedForward

/// What is left out of which pair, against a look at every clause for every pair.
@Suite struct HeadFilterTests {
  @Test(arguments: 0..<200) func `Segments say for every key what its clauses say`(seed: Int) {
    var samples = Samples(seed: seed)
    let filter = HeadFilter(clauses: (0..<samples.below(4)).map { _ in .drawn(&samples, tokens: 20) })
    for query in 0..<20 {
      let keys = samples.below(query + 1)..<query + 1
      let segments = filter.segments(query: query, keys: keys)
      // In order, without a gap, none empty.
      #expect(segments.flatMap { Array($0.keys) } == Array(keys))
      #expect(segments.allSatisfy { !$0.keys.isEmpty })
      for segment in segments {
        for key in segment.keys { #expect(segment.dropped == filter.plainParts(query, key)) }
      }
    }
  }

  @Test func `Layers, heads and prompts choose the clauses`() {
    let filter = PartFilter([
      PartFilter.Clause(.dKtQ, layers: [1]),
      PartFilter.Clause(.PdV, heads: [.init(layer: 1, head: 2), .init(layer: 0, head: 1)]),
      PartFilter.Clause(
        .dPV, layers: [0, 1], heads: [.init(layer: 1, head: 0)], queries: [[0..<2], [4..<5]], keys: [[0..<1], []]),
    ])
    func parts(_ layer: Int, _ head: Int) -> PartSet { filter.head(head, layer: layer, prompt: 0).parts }
    #expect(parts(0, 0).isEmpty && parts(0, 1) == .PdV && parts(0, 2).isEmpty && parts(2, 2).isEmpty)
    #expect(parts(1, 0) == [.dKtQ, .dPV] && parts(1, 1) == .dKtQ && parts(1, 2) == [.dKtQ, .PdV])
    #expect(filter.head(0, layer: 0, prompt: 0).isEmpty && !filter.head(0, layer: 1, prompt: 0).isEmpty)
    let clause = filter.head(0, layer: 1, prompt: 1).clauses[1]
    #expect(clause.queries == [4..<5] && clause.keys == [])
  }

  @Test func `Parts are told apart`() {
    let terms: [PartSet] = [.dKtQ, .KtdQ, .dKtdQ, .dPV, .PdV, .dPdV]
    let sources = Operand.allCases.flatMap { operand in Source.allCases.map { PartSet.source($0, of: operand) } }
    #expect((terms + sources).reduce(0) { $0 + UInt64($1.rawValue) } == (1 << 18) - 1)
    #expect(terms.allSatisfy { !$0.hasSources } && sources.allSatisfy(\.hasSources))
    for operand in Operand.allCases {
      let own = Source.allCases.reduce(PartSet()) { $0.union(.source($1, of: operand)) }
      #expect(PartSet.sources(of: operand) == own)
    }
    let inLayer = PartFilter([
      PartFilter.Clause(.source(.own, of: .key), layers: [2]), PartFilter.Clause(.dKtQ, layers: [1]),
      PartFilter.Clause(.source(.norm, of: .value), heads: [.init(layer: 4, head: 0)]),
    ])
    #expect((0..<6).map(inLayer.dropsSources) == [false, false, true, false, true, false])
  }
}

extension HeadFilter {
  /// What is left out of one pair.
  func plainParts(_ query: Int, _ key: Int) -> PartSet {
    clauses.reduce([]) { parts, clause in
      let isHere =
        clause.queries?.contains { $0.contains(query) } ?? true && clause.keys?.contains { $0.contains(key) } ?? true
      return isHere ? parts.union(clause.parts) : parts
    }
  }
}

extension HeadFilter.Clause {
  /// Seeded terms between seeded runs of tokens; some of the runs overlap.
  static func drawn(_ samples: inout Samples, tokens: Int) -> Self {
    func runs() -> [Range<Int>]? {
      samples.below(3) == 0
        ? nil
        : (0..<samples.below(4)).map { _ in
          let start = samples.below(tokens)
          return start..<start + samples.below(tokens - start + 1)
        }
    }
    return Self(parts: PartSet(rawValue: UInt32(samples.below(64))), queries: runs(), keys: runs())
  }
}
