import AnalysisFixtures
import Results
import Testing

@testable import Reporting

/// compare.md as a text.
@Suite struct ComparisonReportTests {
  @Test func `The report is the golden one`() throws {
    var comparison = SyntheticComparison.make { $0.swept = 14 }
    comparison.differences = ["The versions of Leibniz differ: 0.0.0 in full; 0.0.1 in masked, keys."]
    comparison.notes = ["A *note*."]
    let text = ComparisonReport(comparison, links: ["full/report.md", nil]).text
    #expect(try Golden("comparison.md").difference(from: text) == nil)
  }

  @Test func `Of many pairs of regions the answer names those with the largest changes`() throws {
    let few = ComparisonReport(SyntheticComparison.make { $0.regions = ["a", "b", "c"] })
    #expect(few.words.answer[1].plain.matches(of: #/ → /#).count == 6 && !few.text.contains("more pairs of regions"))
    let many = ComparisonReport(SyntheticComparison.make { $0.regions = ["a", "b", "c", "d"] })
    for point in many.words.answer[1...4] {
      #expect(point.plain.matches(of: #/[a-d] → [a-d]/#).count == 6, "\(point.plain)")
      #expect(point.plain.hasSuffix("; the tables have 4 more pairs of regions."))
    }
    #expect(many.comparison.places.allSatisfy { many.text.contains("### \($0.words)") })
  }
}
