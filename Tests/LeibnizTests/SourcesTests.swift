import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Testing

/// What the terms are made of: against the library's values, and what has to hold on any pair.
@Suite struct SourcesTests {
  private static let tolerance = 2e-5

  @Test(
    .enabled(if: !OracleCase.with("sources").isEmpty, "LEIBNIZ_ORACLE names no folder of cases with sources"),
    arguments: OracleCase.with("sources"))
  func `Sources agree with the library`(_ oracle: OracleCase) throws {
    let analysis = try oracle.analysis(parts: [.sources])
    #expect(analysis.products == nil && analysis.parts == [.sources])
    var comparison = ReferenceComparison(tolerance: Self.tolerance)
    try comparison.compare(try #require(analysis.sources), with: oracle.expected("sources"))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    oracle.report(comparison, "sources")
  }

  /// The plain runs have all cases, norms on queries and keys among them.
  @Test(arguments: OracleCase.bundled) func `Sources and products agree with the plain runs`(_ oracle: OracleCase)
    throws
  {
    let analysis = try oracle.analysis(parts: [.sources, .products]) { $0.verifiedPrompts = 1 }
    let verification = try #require(analysis.verification)
    let own = verification.worst.filter {
      $0.statistic.hasPrefix("sources.") || $0.statistic.hasPrefix("products.") || $0.statistic.hasPrefix("stream")
    }
    #expect(own.count > 20)
    for row in own { #expect(row.difference <= Self.tolerance, "\(row.statistic) at \(row.place)") }
  }

  @Test(arguments: [false, true]) func `The sources sum to their term`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try pair.analysis { $0.parts = [.sources] }
      let sources = try #require(analysis.sources)
      #expect(sources.count == analysis.blocks.count + analysis.summary.count)
      for (row, block) in zip(sources, analysis.blocks.map(PooledBlock.init) + analysis.summary) {
        #expect((row.layer, row.head, row.query, row.key) == (block.layer, block.head, block.query, block.key))
        #expect(row.pairs == block.pairs)
        for (shares, term) in [(row.dKtQ, Term.dKtQ), (row.KtdQ, .KtdQ)] {
          #expect(shares.norm == nil, "a model without norms on queries and keys")
          let isZero = block.raw[term].magnitude.rms == 0
          #expect(abs(shares.byName.reduce(0) { $0 + $1.size.share } - (isZero ? 0 : 1)) <= 1e-5)
          if isZero { #expect(shares.byName.allSatisfy { $0.size == PartSize(rms: 0, share: 0) }) }
          // In the first layer nothing is handed on.
          if row.layer == 0 { #expect(shares.inherited.rms == 0 && shares.joint.rms == 0) }
        }
      }
    }
  }

  @Test func `Keys that are not trained move by inheritance alone`() throws {
    var options = TinyPair.Options()
    options.targets.removeAll { $0 == .key }
    try withTinyPair(options) { pair in
      let analysis = try pair.analysis { $0.parts = [.sources] }
      let rows = try #require(analysis.sources).filter { $0.layer != 0 }
      let none = PartSize(rms: 0, share: 0)
      #expect(rows.allSatisfy { $0.dKtQ.own == none && $0.dKtQ.joint == none })
      for (row, block) in zip(try #require(analysis.sources), analysis.blocks.map(PooledBlock.init) + analysis.summary)
      where row.layer != 0 {
        #expect(row.dKtQ.inherited.share == 1)
        #expect(abs(row.dKtQ.inherited.rms / block.raw[.dKtQ].magnitude.rms - 1) <= 1e-6)
        #expect(row.KtdQ.own.rms > 0 && row.KtdQ.joint.rms > 0)
      }
    }
  }

  @Test(arguments: [false, true]) func `The parts of products sum to their change`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try pair.analysis { $0.parts = [.products] }
      #expect(analysis.sources == nil)
      let rows = try #require(analysis.products)
      #expect(rows.count == 3 * 8 * 2, "eight products in three layers and two regions")
      #expect(Set(rows.map(\.site)).count == 8)
      for row in rows {
        #expect(
          row.tokens
            == analysis.prompts.reduce(0) {
              $0 + (row.region == "before" ? $1.separator ?? 0 : $1.tokens - ($1.separator ?? 0))
            })
        let isStill = isMasked && row.region == "before"
        #expect((row.delta == 0) == isStill)
        #expect(abs(row.parts.reduce(0) { $0 + $1.share } - (isStill ? 0 : 1)) <= 1e-5)
        if isStill { #expect(row.parts.allSatisfy { $0 == PartSize(rms: 0, share: 0) }) }
      }
    }
  }

  @Test func `An adapter of zeros has no sources and no products`() throws {
    try withTinyPair { pair in
      try pair.clearAdapter()
      let analysis = try pair.analysis { $0.parts = [.sources, .products] }
      let none = PartSize(rms: 0, share: 0)
      for row in try #require(analysis.sources) {
        #expect((row.dKtQ.byName + row.KtdQ.byName).allSatisfy { $0.size == none })
      }
      for row in try #require(analysis.products) { #expect(row.delta == 0 && row.parts.allSatisfy { $0 == none }) }
      #expect(analysis.stream.allSatisfy { $0.median == 0 && $0.cosine == 1 })
      #expect(try #require(analysis.loss).divergence.allSatisfy { $0.kl == 0 })
      #expect(try #require(analysis.loss).divergence.map(\.region) == ["before", "after"])
    }
  }

  @Test func `Threads change no bit`() throws {
    try withTinyPair { pair in
      var alone = try pair.analysis {
        $0.parts = [.sources, .products]
        $0.threads = 1
      }
      alone.threads = 3
      #expect(
        try pair.analysis {
          $0.parts = [.sources, .products]
          $0.threads = 3
        } == alone)
    }
  }

  @Test func `What is not asked for is not there, and leaves the rest alone`() throws {
    try withTinyPair { pair in
      let plain = try pair.analysis { $0.parts = [] }
      #expect(plain.sources == nil && plain.products == nil)
      let all = try pair.analysis { $0.parts = [.sources, .products] }
      for (block, other) in zip(plain.blocks, all.blocks) {
        #expect(abs(block.raw.delta.rms / other.raw.delta.rms - 1) <= 1e-6)
      }
    }
  }

  @Test func `Divergence is of the predictions that each region makes`() throws {
    try withTinyPair { pair in
      let analysis = try pair.analysis { $0.verifiedPrompts = 6 }
      let rows = try #require(analysis.loss).divergence
      let tokens = analysis.prompts.reduce(0) { $0 + $1.tokens - 1 }
      #expect(rows.reduce(0) { $0 + $1.predictions } == tokens)
      #expect(rows.allSatisfy { $0.kl > 0 })
      let verification = try #require(analysis.verification)
      let worst = try #require(verification.worst.first { $0.statistic == "kl" })
      #expect(worst.difference <= Self.tolerance)
    }
  }
}

@Suite struct ProductsTests {
  @Test(arguments: OracleCase.with("products")) func `Products agree with the library`(_ oracle: OracleCase) throws {
    let analysis = try oracle.analysis(parts: [.products])
    var comparison = ReferenceComparison(tolerance: 2e-5)
    try comparison.compare(try #require(analysis.products), with: oracle.expected("products"))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    oracle.report(comparison, "products")
  }
}

extension OracleCase {
  /// The case analysed on two threads.
  func analysis(
    parts: Set<AnalysisPart>, _ change: (inout AnalysisOptions) -> Void = { _ in }
  ) throws -> Analysis {
    var options = AnalysisOptions(threads: 2, parts: parts)
    change(&options)
    return try analyze(base: base, adapted: adapted, prompts: prompts, options: options)
  }

  func report(_ comparison: ReferenceComparison, _ part: String) {
    guard ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil else { return }
    print("worst of \(description) in \(part): \(comparison.worst)")
  }
}
