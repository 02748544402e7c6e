import Attribution
import Foundation
import LeibnizTesting
import PairFixtures
import Prompts
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// The whole is what the batches give, merged in their order, however each of them was come by.
@Suite struct BatchSumsTests {
  private func analyzer(of pair: TinyPair, threads: Int = 2, batchTokens: Int = 45) throws -> Analyzer {
    let other = pair.base.deletingLastPathComponent().appending(path: "other/adapter")
    if !FileManager.default.fileExists(atPath: other.path) {
      var options = TinyPair.Options()
      (options.seed, options.targets) = (7, [.key, .up])
      _ = try TinyPair.write(to: other.deletingLastPathComponent(), options)
    }
    var options = AnalysisOptions(threads: threads, computesLoss: true, parts: Set(AnalysisPart.allCases))
    (options.nulls, options.pairs, options.batchTokens) = (2, 5, batchTokens)
    return try Analyzer(
      base: pair.base, adapted: [pair.adapter, other], prompts: .file(pair.prompts), options: options)
  }

  @Test func `Batches that were written and read, in any order of computing, give the same analysis`() throws {
    try withTinyPair { pair in
      let analyzer = try analyzer(of: pair)
      let pass = try AnalysisPass(analyzer)
      #expect(pass.count >= 3)
      let written = try Dictionary(
        uniqueKeysWithValues: (0..<pass.count).reversed().map { batch in
          (batch, try pass.sums(of: batch) { _ in }.bytes(prompts: pass.batches[batch].count))
        })
      var merged = pass.empty
      for batch in 0..<pass.count {
        let bytes = try #require(written[batch])
        merged.merge(try AnalysisSums(bytes, prompts: pass.batches[batch].count, empty: pass.empty))
      }
      let whole = try AnalysisPass(analyzer).all()
      #expect(merged.bytes(prompts: 6) == whole.bytes(prompts: 6))
      #expect(analyzer.frame.reports(from: merged) == analyzer.frame.reports(from: whole))
      #expect(try analyzer.run() == analyzer.frame.reports(from: whole))
    }
  }

  @Test func `Threads change no bit of any sum`() throws {
    try withTinyPair { pair in
      let bytes = try [1, 2, 3].map {
        try AnalysisPass(analyzer(of: pair, threads: $0)).all().bytes(prompts: 6)
      }
      #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
    }
  }

  /// Numbers differ by rounding alone, and what is counted by nothing.
  @Test func `Batches are cut where nothing depends on it`() throws {
    try withTinyPair { pair in
      let whole = try analyzer(of: pair, batchTokens: 8192).run()
      let small = try analyzer(of: pair, batchTokens: 1).run()
      for (one, other) in zip(whole, small) {
        #expect(one.blocks.map(\.pairs) == other.blocks.map(\.pairs))
        #expect(one.mass?.map(\.queries) == other.mass?.map(\.queries))
        #expect(one.products?.map(\.tokens) == other.products?.map(\.tokens))
        #expect(one.closure.rows == other.closure.rows)
        for (block, same) in zip(one.blocks, other.blocks) {
          #expect(!(abs(block.raw.delta.rms - same.raw.delta.rms) > 1e-5 * block.raw.delta.rms))
          for term in Term.allCases {
            #expect(block.raw[term].zero == same.raw[term].zero)
            #expect(!(abs(block.raw[term].share - same.raw[term].share) > 1e-4))
          }
        }
      }
    }
  }

  @Test func `Bytes of another request or cut ones are refused`() throws {
    try withTinyPair { pair in
      let pass = try AnalysisPass(analyzer(of: pair))
      let (bytes, prompts) = (
        try pass.sums(of: 0) { _ in }.bytes(prompts: pass.batches[0].count), pass.batches[0].count
      )
      for count in stride(from: 0, to: bytes.count, by: bytes.count / 97) {
        #expect(throws: SumsError.damaged) {
          try AnalysisSums(Array(bytes[..<count]), prompts: prompts, empty: pass.empty)
        }
      }
      #expect(throws: SumsError.damaged) { try AnalysisSums(bytes, prompts: prompts + 1, empty: pass.empty) }
    }
  }

  @Test func `Interventions batch by batch are those of one batch`() throws {
    try withTinyPair { pair in
      let interventions = [Intervention(dropping: [.dKtQ]), .twoViews]
      let whole = try pair.ablation(interventions)
      let small = try pair.ablation(interventions) { $0.batchTokens = 45 }
      for (one, other) in zip(whole.overview + whole.knockouts, small.overview + small.knockouts) {
        for (outcome, same) in zip(one.prompts, other.prompts) {
          let (outcome, same) = (try #require(outcome), try #require(same))
          #expect(outcome.tokens == same.tokens && outcome.agreement == same.agreement)
          #expect(!(abs(outcome.knockout - same.knockout) > 1e-6 * outcome.knockout))
        }
      }
    }
  }
}
