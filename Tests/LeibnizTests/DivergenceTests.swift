import Foundation
import Leibniz
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Testing

/// Attention divergence against the library's values, and what has to hold on any pair.
@Suite struct DivergenceTests {
  private static let tolerance = 2e-5

  @Test(arguments: OracleCase.with("attention")) func `Terms in nats agree with the library`(_ oracle: OracleCase)
    throws
  {
    let rows = try #require(try oracle.analysis(parts: [.attention]).attention)
    let found = rows.filter { $0.head != nil }.map { row in
      var nats = ["divergence": row.divergence]
      for term in Term.allCases { nats[term.name] = row[term] }
      nats["sink"] = row.sink
      return (row.reference, (row.queries, nats))
    }
    let comparison = try expectAgreement(with: oracle) { comparison in
      try comparison.compareNats(
        "attention", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("attention"),
        names: ReferenceComparison.terms)
    }
    #expect(comparison.compared > 40)
    oracle.report(comparison, "attention")
  }

  @Test(
    .enabled(
      if: !OracleCase.with("source-nats").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sources in nats"),
    arguments: OracleCase.with("source-nats"))
  func `Sources in nats agree with the library`(_ oracle: OracleCase) throws {
    let rows = try #require(try oracle.analysis(parts: [.attention]).attention)
    var comparison = ReferenceComparison(tolerance: Self.tolerance)
    let found = rows.filter { $0.head != nil }.map { row in
      var nats: [String: Double] = [:]
      for source in row.dKtQ.byName { nats["dKtQ.\(source.name)"] = source.nats }
      for source in row.KtdQ.byName { nats["KtdQ.\(source.name)"] = source.nats }
      return (row.reference, (row.queries, nats))
    }
    try comparison.compareNats(
      "sources", Dictionary(uniqueKeysWithValues: found), with: oracle.expected("source-nats"),
      names: ReferenceComparison.sources)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    oracle.report(comparison, "sources in nats")
  }

  @Test(arguments: [false, true], [ReferencePoint.base, .adapted, .midpoint])
  func `Sources sum to their term, and terms to the divergence`(isMasked: Bool, reference: ReferencePoint) throws {
    try withTinyPair(masked: isMasked) { pair in
      let rows = try pair.divergence { $0.reference = reference }
      #expect(rows.count == 3 * 4 * 3 + 3 + 3 * 3)
      for row in rows {
        let size = row.terms.reduce(row.divergence) { $0 + abs($1) }
        #expect(row.divergence >= 0 && (row.divergence > 0) == !(isMasked && row.query == "before"))
        #expect(abs(row.terms.reduce(0, +) - row.divergence) <= 1e-5 * size)
        for (term, sources) in row.sources {
          let size = sources.reduce(row.divergence) { $0 + abs($1) }
          #expect(abs(sources.reduce(0, +) - row[term]) <= 1e-5 * size, "\(row.place) \(term)")
          // In the first layer nothing is handed on.
          if row.layer == 0 { #expect(sources[1...] == [0, 0]) }
        }
        if reference == .midpoint { #expect(row[.dKtdQ] == 0) }
      }
    }
  }

  @Test func `A structural zero is felt by competition alone, and the row says so`() throws {
    try withTinyPair(masked: true) { pair in
      for row in try pair.divergence() {
        switch (row.query, row.key) {
        case ("before", _):
          #expect(
            row.competition.isEmpty && row.terms == [0, 0, 0] && row.sources.allSatisfy { $0.nats == [0, 0, 0] })
        case ("after", "before"):
          #expect(row.competition == [.dKtQ, .dKtdQ] && row.terms.allSatisfy { $0 != 0 })
        default: #expect(row.competition.isEmpty)
        }
      }
    }
  }

  @Test func `Pooled rows are means over queries and heads`() throws {
    try withTinyPair { pair in
      let rows = try pair.divergence()
      for row in rows where row.head == nil {
        let heads = rows.filter {
          $0.head != nil && $0.query == row.query && $0.key == row.key
            && (row.layer == nil || $0.layer == row.layer)
        }
        #expect(row.queries == heads.reduce(0) { $0 + $1.queries })
        let mean = heads.reduce(0) { $0 + $1.divergence * Double($1.queries) } / Double(row.queries)
        #expect(abs(row.divergence - mean) <= 1e-12 * mean)
      }
    }
  }

  @Test func `An adapter of zeros is not felt`() throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      for row in try pair.divergence() {
        #expect(([row.divergence] + row.terms + row.sources.flatMap(\.nats)).allSatisfy { $0 == 0 })
      }
    }
  }

  /// The adapter merged and then taken off again: adapted and base in each other's place.
  @Test func `The way back is as far`() throws {
    try withTinyPair { pair in
      try pair.scaleAdapter(1)
      let there = try pair.divergence()
      let merged = pair.adapter.deletingLastPathComponent().appending(path: "merged")
      try FileManager.default.copyItem(at: pair.adapter, to: merged)
      try pair.scaleAdapter(-1)
      let back = try pair.divergence { $0.baseAdapters = [merged] }
      for (row, other) in zip(there, back) {
        #expect(row.place == other.place && row.queries == other.queries)
        #expect(abs(row.divergence - other.divergence) <= 1e-4 * row.divergence, "\(row.place)")
      }
    }
  }

  /// Every token a region of its own but for some in none, so that blocks are pairs.
  @Test func `No pair is negative, and regions only group`() throws {
    try withTinyPair { pair in
      let whole = try pair.divergence()
      try pair.rewritePrompts { line in
        line.regions = line.tokens.indices.filter { $0 % 5 != 3 }.map {
          .init(name: "\($0 < line.separator ? "before" : "after") \($0)", start: $0, end: $0 + 1)
        }
      }
      let pairs = try pair.divergence()
      #expect(pairs.allSatisfy { $0.divergence >= 0 })
      for row in pairs {
        for (term, sources) in row.sources {
          let size = sources.reduce(row.divergence) { $0 + abs($1) }
          #expect(abs(sources.reduce(0, +) - row[term]) <= 2e-5 * size, "\(row.place) \(term)")
        }
      }
      try pair.rewritePrompts { line in
        line.regions = [
          .init(name: "before", start: 0, end: 2), .init(name: "before", start: 2, end: line.separator),
          .init(name: "after", start: line.separator, end: line.tokens.count),
        ]
      }
      for (row, other) in zip(try pair.divergence(), whole) {
        #expect(abs(row.divergence - other.divergence) <= 1e-6 * other.divergence)
        for (source, same) in zip(row.sources.flatMap(\.nats), other.sources.flatMap(\.nats)) {
          #expect(abs(source - same) <= 1e-5 * other.divergence)
        }
      }
    }
  }

  @Test func `The order of prompts and the number of threads change nothing`() throws {
    try withTinyPair { pair in
      let rows = try pair.divergence { $0.threads = 1 }
      for threads in [2, 5] { #expect(try pair.divergence { $0.threads = threads } == rows) }
      let lines = try String(contentsOf: pair.prompts, encoding: .utf8).split(separator: "\n")
      try lines.reversed().joined(separator: "\n").write(to: pair.prompts, atomically: false, encoding: .utf8)
      for (row, other) in zip(try pair.divergence(), rows) {
        #expect(row.place == other.place && row.queries == other.queries)
        for (nats, same) in zip([row.divergence] + row.terms, [other.divergence] + other.terms) {
          #expect(abs(nats - same) <= 1e-5 * other.divergence)
        }
      }
    }
  }

  /// The plain runs have all cases, norms on queries and keys, windows and soft caps among them.
  @Test(arguments: Array(OracleCase.bundled.indices)) func `Plain runs verify terms and sources`(index: Int) throws {
    let reference = [ReferencePoint.base, .adapted, .midpoint][index % 3]
    let analysis = try OracleCase.bundled[index].analysis(parts: [.attention]) {
      $0.verifiedPrompts = 2
      $0.reference = reference
    }
    let own = try #require(analysis.verification).worst.filter { $0.statistic.hasPrefix("attention.") }
    #expect(own.count >= 1 + 1 + 3 + 6)
    for row in own { #expect(row.difference <= Self.tolerance, "\(row.statistic) at \(row.place)") }
  }

  @Test func `Rows survive being written and read`() throws {
    try withTinyPair(masked: true) { pair in
      let analysis = try pair.analysis { $0.parts = [.attention] }
      let bytes = try AnalysisJSON.bytes(analysis)
      #expect(try Analysis(json: bytes, file: "analysis.json") == analysis)
      let text = String(decoding: bytes, as: UTF8.self)
      let damaged = text.replacing("\"dKtdQ\"\n", with: "\"dKtdV\"\n")
      #expect(damaged != text)
      #expect { try Analysis(json: Array(damaged.utf8), file: "analysis.json") } throws: {
        "\($0)".contains("competition") && "\($0)".contains("dKtdV")
      }
    }
  }

  /// J is of second order in the adapter, and float32 holds it however small it is.
  @Test(arguments: [1e-4, 1e-7] as [Float]) func `An adapter may be as small as it likes`(factor: Float) throws {
    try withTinyPair { pair in
      try pair.scaleAdapter(1e-3)
      let reference = try pair.divergence()
      try pair.scaleAdapter(factor)
      let scale = Double(factor) * 1e3
      for (row, other) in zip(try pair.divergence(), reference) {
        #expect(abs(row.divergence / (scale * scale * other.divergence) - 1) <= 0.02)
      }
    }
  }
}

extension TinyPair {
  fileprivate func divergence(_ change: (inout AnalysisOptions) -> Void = { _ in }) throws -> [AttentionDivergence] {
    try #require(
      try analysis {
        $0.parts = [.attention]
        change(&$0)
      }.attention)
  }
}

extension AttentionDivergence {
  fileprivate var reference: ReferenceComparison.Place {
    ReferenceComparison.Place(layer: layer ?? -1, head: head ?? -1, query: query, key: key)
  }

  /// What dKᵀQ and what KᵀdQ are made of.
  fileprivate var sources: [(term: Term, nats: [Double])] {
    [(.dKtQ, dKtQ.byName.map(\.nats)), (.KtdQ, KtdQ.byName.map(\.nats))]
  }
}
