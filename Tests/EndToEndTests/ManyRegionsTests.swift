import Foundation
import LeibnizTesting
import PairFixtures
import Results
import Testing

@testable import Analyses
@testable import Interventions
@testable import Leibniz
@testable import LongRuns
@testable import Measures
@testable import Subjects

/// Chats with a region a turn have many regions: what does not change is folded, what could not be read again is refused.
@Suite struct ManyRegionsTests {
  /// A prompt with so many regions of two tokens, and where the adapter begins to act.
  private func prompts(_ pair: TinyPair, regions: Int, from: Int = 0) throws -> URL {
    let file = pair.prompts.deletingLastPathComponent().appending(path: "regions-\(regions)-\(from).jsonl")
    let (ids, count) = ((0..<2 * regions).map { 1 + $0 * 7 % 29 }, 2 * regions)
    let named = (0..<regions).map { "{\"name\": \"r\($0)\", \"start\": \(2 * $0), \"end\": \(2 * $0 + 2)}" }
    let mask = (0..<count).map { $0 < 2 * from ? "0" : "1" }.joined(separator: ", ")
    let line =
      "{\"id\": \"p\", \"input_ids\": \(ids), \"mask\": [\(mask)], \"regions\": [\(named.joined(separator: ", "))]}\n"
    try Data(line.utf8).write(to: file)
    return file
  }

  @Test func `Pairs without any change are folded and counted above eight regions`() throws {
    try withTinyPair { pair in
      let few = try analyze(base: pair.base, adapted: pair.adapter, prompts: prompts(pair, regions: 8, from: 6))
      #expect(few.unchangedPairs == nil && Set(few.blocks.map(\.query)).count == 8)
      let many = try analyze(base: pair.base, adapted: pair.adapter, prompts: prompts(pair, regions: 9, from: 6))
      // Queries before the adapter acts change nowhere: 1 + … + 6 pairs, and the others are all there.
      #expect(many.unchangedPairs == 21)
      #expect(Set(many.blocks.map(\.query)) == ["r6", "r7", "r8"])
      #expect(many.summary.count { $0.layer == nil } == 7 + 8 + 9)
      #expect(Set(many.mass?.map(\.query) ?? []) == ["r6", "r7", "r8"])
      #expect(Set(many.byPrompt?.map(\.query) ?? []) == ["r6", "r7", "r8"])
      #expect(many.stream.contains { $0.region == "r0" })
      let bytes = try AnalysisJSON.bytes(many)
      #expect(try Analysis(json: bytes, file: "analysis.json") == many)
    }
  }

  @Test func `Many regions take no longer than their rows`() throws {
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try CommandLineTool().run([
        "analyze", pair.base.path, pair.adapter.path, "--prompts", prompts(pair, regions: 20).path, "--output",
        output.path, "--verify",
      ])
      #expect(result.status == 0, "\(result.errors)")
      let report = try String(contentsOf: output.appending(path: "report.md"), encoding: .utf8)
      #expect(report.contains("The pairs of regions with most of the change are told; 146 others"))
      let page = try Data(contentsOf: output.appending(path: "report.html"))
      #expect(page.count < 2_000_000)
      let analysis = try Analysis(
        json: Array(Data(contentsOf: output.appending(path: "analysis.json"))), file: "analysis.json")
      #expect(analysis.summary.count { $0.layer == nil } == 210 && analysis.unchangedPairs == 0)
    }
  }

  @Test func `A report that nothing could read again is refused at once`() throws {
    try withTinyPair { pair in
      let output = pair.base.deletingLastPathComponent().appending(path: "report")
      let result = try CommandLineTool().run([
        "analyze", pair.base.path, pair.adapter.path, "--prompts", prompts(pair, regions: 500).path, "--output",
        output.path,
      ])
      #expect(
        result.status == 2 && result.errors.contains("name 500 regions") && result.errors.contains("share a name"))
      #expect(!FileManager.default.fileExists(atPath: output.path))
    }
  }
}
