import Foundation
import LeibnizTesting
import OracleFixtures
import PairFixtures
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Results
@testable import Subjects

/// Who wrote what is inherited: against the library's values, and what has to hold on any pair.
@Suite struct WritersTests {
  private static let cases = OracleCase.with("writers")

  @Test(
    .enabled(if: !cases.isEmpty, "LEIBNIZ_ORACLE names no folder of cases with writers"), arguments: cases)
  func `Writers agree with the library`(_ oracle: OracleCase) throws {
    var options = AnalysisOptions(threads: 2, computesLoss: true)
    options.parts = [.writers]
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options)
    let expected = try oracle.expected(object: "writers")
    var comparison = ReferenceComparison(tolerance: 2e-5)
    try comparison.compare(try #require(analysis.writers), with: expected.objects("reads"))
    try comparison.compare(
      try #require(analysis.writtenPredictions), with: WrittenPredictions(expected.object("predictions")))
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 200)
  }

  @Test(arguments: [false, true], [ReferencePoint.base, .adapted, .midpoint])
  func `Writers sum to what a term inherits`(isMasked: Bool, reference: ReferencePoint) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try pair.analysis { ($0.parts, $0.reference) = ([.writers, .attention], reference) }
      let attention = Dictionary(
        uniqueKeysWithValues: try #require(analysis.attention).map { ($0.place, $0) })
      let rows = try #require(analysis.writers)
      #expect(rows.count == 2 * attention.count)
      for row in rows {
        guard case .term(let term, let query, let key) = row.place.scope else { continue }
        let felt = try #require(
          attention[Place(layer: row.place.layer, head: row.place.head, .pair(query: query, key: key))])
        let sources = term == .dKtQ ? felt.dKtQ : felt.KtdQ
        let size = row.nats.values.reduce(0) { $0 + abs($1) }
        #expect(abs(row.inherited - sources.inherited) <= 1e-5 * size, "\(row.place)")
        #expect(row.count == felt.count)
        // In the first layer nothing was written but by the tables, which stay.
        if row.place.layer == 0 { #expect(row.nats == [Writer(.embed): 0, Writer(.scale): 0, Writer(.gain): 0]) }
        if isMasked, query == "before" { #expect(row.nats.values.allSatisfy { $0 == 0 }) }
      }
      // Only those before a layer have written what it reads.
      for row in rows {
        guard let layer = row.place.layer else { continue }
        #expect(row.nats.keys.allSatisfy { ($0.layer ?? -1) < layer })
        #expect(row.nats.count == 3 + 2 * layer)
      }
    }
  }

  @Test(arguments: cases) func `Sources are the same where writers are asked for`(_ oracle: OracleCase) throws {
    func rows(_ parts: Set<AnalysisPart>) throws -> [AttentionDivergence] {
      let options = AnalysisOptions(threads: 2, parts: parts)
      return try #require(
        analyze(base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts, options: options).attention)
    }
    let (own, beside) = (try rows([.attention]), try rows([.writers]))
    #expect(own.map(\.place) == beside.map(\.place) && own.map(\.terms) == beside.map(\.terms))
    for (one, other) in zip(own, beside) {
      for (left, right) in [(one.dKtQ, other.dKtQ), (one.KtdQ, other.KtdQ)] {
        let pairs = [
          (left.own, right.own), (left.inherited, right.inherited), (left.joint, right.joint),
          (left.norm ?? 0, right.norm ?? 0),
        ]
        let size = pairs.reduce(0) { $0 + abs($1.0) }
        #expect(pairs.allSatisfy { abs($0 - $1) <= 1e-5 * size }, "\(one.place)")
      }
    }
  }

  @Test(arguments: [false, true]) func `Writers sum to the gain in log-likelihood, and an attention's parts to its own`(
    isMasked: Bool
  ) throws {
    try withTinyPair(masked: isMasked) { pair in
      let analysis = try pair.analysis { ($0.parts, $0.computesLoss) = ([.writers], true) }
      let (loss, written) = (try #require(analysis.loss), try #require(analysis.writtenPredictions))
      let tokens = try #require(loss.tokens)
      #expect(written.tokens == tokens.reduce(0, +) && written.leftOut == 0)
      let gain = zip(loss.pairs, tokens).reduce(0) { sum, prompt in
        sum + (prompt.0.map { ($0.base - $0.adapted) * Double(prompt.1) } ?? 0)
      }
      let size = written.gain.values.reduce(0) { $0 + abs($1) }
      #expect(abs(written.gain.values.reduce(0, +) - gain / Double(written.tokens)) <= 1e-5 * size)
      // The divergence is no smaller than nothing.
      #expect(written.nats.values.reduce(0, +) > 0)
      for (writer, parts) in written.attention {
        let own = try #require(written.gain[writer])
        let size = parts.parts.reduce(abs(own)) { $0 + abs($1.gain) }
        #expect(abs(parts.parts.reduce(0) { $0 + $1.gain } - own) <= 1e-5 * size, "\(writer.name)")
      }
      let read = try Analysis(json: AnalysisJSON.bytes(analysis), file: "a")
      #expect(read.writtenPredictions == written && read.writers == analysis.writers)
    }
  }

  @Test(arguments: [false, true]) func `Heads sum to their attention, and plain runs say the same`(isMasked: Bool)
    throws
  {
    try withTinyPair(masked: isMasked) { pair in
      let parts = try pair.analysis { $0.parts = [.writers] }
      let heads = try pair.analysis { ($0.parts, $0.writersByHead, $0.verifiedPrompts) = ([.writers], true, 2) }
      #expect(heads.verification?.passed == true)
      let expected = Dictionary(uniqueKeysWithValues: try #require(parts.writers).map { ($0.place, $0) })
      for row in try #require(heads.writers) {
        let whole = try #require(expected[row.place])
        #expect(row.nats.count == whole.nats.count + 4 * (row.place.layer ?? 2))
        expectAlike(row.nats, whole.nats)
      }
      let (found, written) = (try #require(heads.writtenPredictions), try #require(parts.writtenPredictions))
      expectAlike(found.gain, written.gain)
      expectAlike(found.nats, written.nats)
      #expect(found.attention.keys == written.attention.keys)
    }
  }

  /// Holds heads with what belongs to none of them to the whole of their attention.
  private func expectAlike(_ heads: [Writer: Double], _ whole: [Writer: Double]) {
    let largest = (heads.values.map(abs) + whole.values.map(abs)).max() ?? 0
    for (writer, nats) in whole {
      let own = heads.filter { $0.key.layer == writer.layer && $0.key.part == writer.part }.values.reduce(0, +)
      #expect(abs(own - nats) <= 1e-5 * largest, "\(writer.name)")
    }
  }

  @Test func `Predictions are split with losses alone`() throws {
    try withTinyPair(masked: false) { pair in
      let without = try pair.analysis { ($0.parts, $0.computesLoss) = ([.writers], false) }
      let with = try pair.analysis { ($0.parts, $0.computesLoss) = ([.writers], true) }
      #expect(without.writtenPredictions == nil && without.writers == with.writers)
    }
  }

  @Test func `Asking for writers changes no other number`() throws {
    try withTinyPair(masked: true) { pair in
      let usual = try pair.analysis { $0.computesLoss = true }
      var with = try pair.analysis {
        $0.computesLoss = true
        $0.parts.insert(.writers)
      }
      (with.writers, with.writtenPredictions, with.command) = (nil, nil, usual.command)
      with.ablateCommand = usual.ablateCommand
      // Sources come from the vectors that writers are read by, so that they are rounded otherwise; terms are the same.
      #expect(with.attention?.map(\.terms) == usual.attention?.map(\.terms))
      with.attention = usual.attention
      #expect(with == usual)
    }
  }

  @Test func `Batches are smaller where what is written would take too much`() throws {
    try withTinyPair(masked: false) { pair in
      func tokens(_ change: (inout AnalysisOptions) -> Void) throws -> Int {
        var options = AnalysisOptions()
        change(&options)
        return try Analyzer(base: pair.base, adapted: [pair.adapter], prompts: .file(pair.prompts), options: options)
          .batchTokens
      }
      let (usual, own) = (try tokens { _ in }, try tokens { $0.parts = [.writers] })
      #expect(usual == WorkOptions.usualBatchTokens && own <= usual)
      // A number that was given stands.
      let given = try tokens { ($0.parts, $0.batchTokens) = ([.writers], 77) }
      #expect(given == 77)
    }
  }

  @Test(arguments: ["nats", "reads", "L9.mlp", "L0.mlp.more", "l0.mlp", "L00.mlp", "mlp", "L0.gain", ""])
  func `A name that is no writer is refused`(name: String) throws {
    #expect(name == "L9.mlp" || Writer(name) == nil)
    try withTinyPair(masked: false) { pair in
      let analysis = try pair.analysis { ($0.parts, $0.computesLoss) = ([.writers], true) }
      let text = String(decoding: try AnalysisJSON.bytes(analysis), as: UTF8.self)
      let wrong = text.replacingOccurrences(of: "\"L1.mlp\"", with: "\"\(name)\"")
      #expect(wrong != text)
      #expect(throws: (any Error).self) { try Analysis(json: Array(wrong.utf8), file: "analysis.json") }
    }
  }

  @Test func `Writers have names in an order`() {
    let names = ["embed", "L0.attention", "L0.mlp", "L2.mlp", "L10.attention", "scale", "gain", "head"]
    let writers = names.compactMap(Writer.init)
    #expect(writers.map(\.name) == names && writers.shuffled().sorted() == writers)
  }
}
