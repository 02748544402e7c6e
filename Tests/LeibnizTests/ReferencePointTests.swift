import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Testing

/// The same change, split from another point: what follows from the terms at the base, and what plain runs say.
@Suite struct ReferencePointTests {
  private func analysis(_ pair: TinyPair, _ reference: ReferencePoint) throws -> Analysis {
    try pair.analysis {
      $0.parts = Set(AnalysisPart.allCases)
      $0.reference = reference
    }
  }

  /// Means are linear in the terms, so that they follow from those at the base.
  @Test(arguments: [false, true], [ReferencePoint.adapted, .midpoint])
  func `Terms elsewhere follow from those at the base`(isMasked: Bool, reference: ReferencePoint) throws {
    try withTinyPair(masked: isMasked) { pair in
      let (base, moved) = (try analysis(pair, .base), try analysis(pair, reference))
      let weight = reference.weight
      #expect(moved.reference == reference && moved.mass == base.mass && moved.stream == base.stream)
      for (row, from) in zip(moved.blocks, base.blocks) {
        func mean(_ block: Block, _ term: Term) -> Double { block.raw[term].magnitude.mean }
        let both = mean(from, .dKtdQ)
        let size = Term.allCases.reduce(0) { $0 + from.raw[$1].magnitude.meanAbs }
        func isNear(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-6 * size }
        #expect(isNear(mean(row, .dKtQ), mean(from, .dKtQ) + weight * both))
        #expect(isNear(mean(row, .KtdQ), mean(from, .KtdQ) + weight * both))
        #expect(isNear(mean(row, .dKtdQ), (1 - 2 * weight) * both))
        #expect(isNear(row.raw.delta.mean, from.raw.delta.mean))
        let shares = Term.allCases.reduce(0) { $0 + row.raw[$1].share }
        #expect(row.raw.delta.rms == 0 || abs(shares - 1) < 1e-5)
      }
      #expect(moved.closure.maximum < 1e-5 && moved.closure.rows == base.closure.rows)
    }
  }

  @Test(arguments: [false, true]) func `Nothing of the second order is left at the midpoint`(isMasked: Bool) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try self.analysis(pair, .midpoint)
      for block in analysis.blocks {
        #expect(block.raw[.dKtdQ].zero == .structural && block.centered[.dKtdQ].magnitude.maxAbs == 0)
      }
      for row in try #require(analysis.values) { #expect(row[.dPdV] == PartSize(rms: 0, share: 0)) }
      for row in try #require(analysis.products) { #expect(row.both == PartSize(rms: 0, share: 0)) }
    }
  }

  /// The plain runs take their operands from there too; every other case at the other point.
  @Test(arguments: Array(OracleCase.bundled.indices)) func `Every part agrees with the plain runs`(index: Int) throws {
    let (oracle, reference) = (OracleCase.bundled[index], [ReferencePoint.adapted, .midpoint][index % 2])
    let analysis = try oracle.analysis(parts: Set(AnalysisPart.allCases)) {
      $0.verifiedPrompts = 1
      $0.reference = reference
    }
    let verification = try #require(analysis.verification)
    #expect(verification.worst.count > 30)
    // What a split adds up to may be little of what moved; masses have tests of their own.
    for row in verification.worst where !row.statistic.hasPrefix("mass.") {
      #expect(row.difference <= 1e-4, "\(row.statistic) at \(row.place)")
    }
  }

  @Test func `The reference point is kept and named`() throws {
    try withTinyPair { pair in
      let analysis = try self.analysis(pair, .adapted)
      let bytes = try AnalysisJSON.bytes(analysis)
      #expect(try Analysis(json: bytes, file: "analysis.json") == analysis)
      let text = String(decoding: bytes, as: UTF8.self)
      #expect(text.contains("\"reference\" : \"adapted\""))
      let damaged = text.replacingOccurrences(of: ": \"adapted\"", with: ": \"nowhere\"")
      #expect { try Analysis(json: Array(damaged.utf8), file: "analysis.json") } throws: {
        "\($0)".contains("is not one of base, adapted, midpoint")
      }
    }
  }
}
