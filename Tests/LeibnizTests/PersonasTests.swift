import AnalysisFixtures
import Foundation
import Leibniz
import Reporting
import Results
import Testing

/// Guards on the bundled pair: its report and its numbers.
@Suite struct PersonasTests {
  private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("fixtures/personas")

  private func committed() throws -> Analysis {
    let bytes = Array(try Data(contentsOf: folder.appendingPathComponent("analysis.json")))
    return try Analysis(json: bytes, file: "analysis.json")
  }

  @Test func theCommittedAnalysisRendersTheCommittedReport() throws {
    var golden = Golden("report.md")
    golden.file = folder.appendingPathComponent("report.md")
    #expect(try golden.difference(from: MarkdownReport(committed()).text) == nil)
  }

  @Test(arguments: ["full", "full-masked"]) func aFreshAnalysisIsWhatItWas(adapter: String) throws {
    let fresh = try analyze(
      base: folder.appendingPathComponent("base"), adapted: folder.appendingPathComponent(adapter),
      prompts: folder.appendingPathComponent("prompts.jsonl"))
    if adapter == "full" {
      let old = try committed()
      #expect(fresh.blocks.count == old.blocks.count)
      for (new, old) in zip(fresh.blocks, old.blocks) {
        for term in Term.allCases {
          let difference = abs(new.raw[term].magnitude.rms - old.raw[term].magnitude.rms)
          #expect(!(difference > 1e-5 * old.raw[term].magnitude.rms), "L\(new.layer)H\(new.head) \(term)")
          #expect(!(abs(new.raw[term].share - old.raw[term].share) > 1e-5))
          #expect(!(abs(new.centered[term].share - old.centered[term].share) > 1e-5))
        }
      }
    } else {
      let lookups = fresh.blocks.filter { $0.query == "after" && $0.key == "before" }
      #expect(!lookups.isEmpty)
      #expect(lookups.allSatisfy { $0.raw[.dKtQ].zero == .structural && $0.raw[.dKtdQ].zero == .structural })
      #expect(lookups.contains { $0.raw[.KtdQ].magnitude.rms > 0.1 })
    }
    #expect(fresh.closure.maximum < 1e-5)
  }
}
