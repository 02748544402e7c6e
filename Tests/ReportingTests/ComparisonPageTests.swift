import AnalysisFixtures
import Fingerprints
import Foundation
import Results
import Testing

@testable import Reporting

/// compare.html as a text; the suite of the browser says what it does.
@Suite struct ComparisonPageTests {
  /// Comparisons of every form that a page has to cope with.
  static let examples: [AdapterComparison] = [
    SyntheticComparison.make(), SyntheticComparison.make { $0.measure = .moved },
    SyntheticComparison.make { $0.measure = .rms },
    SyntheticComparison.make { $0.swept = 60 },
    SyntheticComparison.make { $0.regions = ["all"] }, SyntheticComparison.make { $0.isAnalysed = false },
    SyntheticComparison.make { $0.knockouts = [] },
    SyntheticComparison.make { $0.regions = (0..<6).map { "region \($0)" } },
  ]

  private func page(_ comparison: AdapterComparison, pages: [String?] = []) throws -> PageText {
    try PageText(ComparisonPage(ComparisonReport(comparison), pages: pages).text)
  }

  @Test(arguments: examples) func `A page loads nothing and runs its own script alone`(
    _ comparison: AdapterComparison
  ) throws {
    let page = try page(comparison, pages: ["full/report.html"])
    let policy = try #require(page.text.firstMatch(of: #/Content-Security-Policy" content="([^"]*)"/#)?.output.1)
    #expect(policy.hasPrefix("default-src 'none'; script-src 'sha256-") && !policy.contains("unsafe"))
    for inline in page.scripts + page.styles {
      var fingerprint = Fingerprint()
      fingerprint.add(inline)
      #expect(policy.contains("'sha256-\(fingerprint.base64())'"))
    }
    #expect((page.scripts.count, page.styles.count) == (1, 2))
    #expect(!page.markup.contains(#/<[^>]*\s(on[a-z]+|style|src|srcdoc|action)=/#))
    let links = page.markup.matches(of: #/href="([^"]*)"/#).map(\.output.1)
    let known = ["compare.md", "comparison.json", "comparison.csv", "full/report.html", "#"]
    #expect(links.allSatisfy { known.contains(String($0)) }, "\(links)")
    #expect(!page.scripts[0].contains("innerHTML") && !page.scripts[0].contains("eval("))
  }

  @Test(arguments: examples) func `A page says what the report says, first the same`(
    _ comparison: AdapterComparison
  ) throws {
    let report = ComparisonReport(comparison)
    let words = try page(comparison).words.replacing("&nbsp;", with: " ")
    #expect(report.words.answer.count > 0)
    var rest = words[...]
    for phrase in [report.words.title, report.words.title] + report.words.answer {
      let found = try #require(rest.range(of: HTML.text(phrase.plain)), "\(phrase.plain)")
      rest = rest[found.upperBound...]
      #expect(report.text.contains(phrase.markdown))
    }
    for row in report.words.guide { #expect(words.contains(HTML.text(row.text.plain))) }
    #expect(report.summary == report.words.answer.map { "- \($0.plain)" })
  }

  @Test func `Without its script a page has the numbers of every pair of regions and of every intervention`() throws {
    let comparison = SyntheticComparison.make { $0.swept = 60 }
    let page = try page(comparison)
    for place in comparison.places {
      #expect(page.markup.contains("<details><summary>\(HTML.text(place.words))</summary>"))
    }
    for title in [
      "The heads that differ most", "The layers that differ most", "Do they change the same heads?", "Losses",
    ] {
      #expect(page.words.contains(title), "\(title)")
    }
    #expect(page.markup.contains("<svg class=\"figure\"") && page.words.contains("dKᵀQ after→before"))
    #expect(page.words.contains("scores: L0") && page.words.contains("20 between them are in comparison.json"))
    #expect(page.words.contains("KL 0.125"))
  }

  @Test func `Nothing of a file is taken for markup`() throws {
    let evil = "</script><!--<script>alert(1)</script>\"'&\u{202E}\u{0}"
    var comparison = SyntheticComparison.make {
      $0.adapters = ["full", evil + "2"]
      $0.regions = ["before", evil + "3"]
      $0.knockouts = [evil + "4"]
      $0.swept = 1
    }
    comparison.base.name = evil
    comparison.version = evil + "5"
    comparison.differences = [evil + "6"]
    comparison.notes = [evil + "7"]
    comparison.adapters[1].mask = evil + "8"
    comparison.adapters[1].adapted.kind = evil + "9"
    comparison.adapters[1].adapted.targets = [evil + "10"]
    let page = try page(comparison, pages: [evil + "/report.html", nil])
    #expect((page.scripts.count, page.styles.count) == (1, 2))
    #expect(page.text.matches(of: #/<\/script/#).count == 2)
    #expect(page.text.matches(of: #/<!--/#).isEmpty && !page.markup.contains(#/<script>alert/#))
    let shown = HTML.text(evil)
    for mark in 2...10 { #expect(page.markup.contains("\(shown)\(mark)"), "\(mark)") }
    #expect(!page.text.unicodeScalars.contains("\u{202E}") && !page.text.unicodeScalars.contains("\u{0}"))
    let adapters = try #require(page.data["adapters"] as? [[Any]])
    #expect(adapters[1][0] as? String == (evil + "2").visible && adapters[1][1] is NSNull)
    let links = page.markup.matches(of: #/href="([^"]*)"/#).map(\.output.1)
    #expect(links.allSatisfy { !$0.contains("<") && !$0.contains("script>") })
    let report = ComparisonReport(comparison).text
    #expect(!report.contains(#/[^\\]<script/#))
  }

  @Test func `A large comparison is no more than two megabytes, and says what it leaves out`() throws {
    let comparison = SyntheticComparison.make {
      $0.adapters = (0..<8).map { "adapter-\($0)" }
      $0.regions = (0..<6).map { "region \($0)" }
      ($0.layers, $0.heads, $0.swept) = (80, 64, 5000)
    }
    let page = try page(comparison)
    #expect(page.text.utf8.count <= 2_000_000 && page.text.utf8.count > 1_900_000)
    let groups = try #require(page.data["groups"] as? [[String: Any]])
    func rows(_ kind: String) -> [[[Any]]] {
      groups.filter { $0["kind"] as? String == kind }.map { $0["rows"] as? [[Any]] ?? [] }
    }
    #expect(rows("blocks").count == 22 && rows("pairs").allSatisfy { $0.count == 28 })
    #expect(rows("layers").map(\.count) == Array(repeating: 80, count: 22))
    #expect(rows("heads").count == 22 && rows("heads").allSatisfy { $0.count >= 24 })
    #expect(rows("heads")[0].count == 80 * 64, "all tokens whole")
    #expect(page.data["counts"] as? [Int] == Array(repeating: 80 * 64, count: 22))
    // What is left out lies less far apart than what is there.
    let last = try #require(rows("heads").last)
    let place = try #require(groups.last?["place"] as? Int)
    let ranked = ComparisonRows(comparison).heads(comparison.places[place])
    #expect(last.compactMap { $0[0] as? Int } == ranked.prefix(last.count).map(\.layer))
    #expect(page.words.contains("more pairs of regions: see compare.md"))
  }

  @Test func `Adapters lead to their own pages, and those to the comparison`() throws {
    let (one, two) = (Examples.plain.analysis, Examples.masked.analysis)
    let comparison = SyntheticComparison.make { $0.adapters = ["tiny-full", "tiny-masked"] }
    let files = try ReportFiles.all([one, two], comparison)
    func text(_ path: String) throws -> String {
      String(decoding: try #require(files.first { $0.path == path }).bytes, as: UTF8.self)
    }
    let page = try text("compare.html")
    #expect(page.contains("<a class=\"sibling\" href=\"tiny-masked/report.html\">tiny-masked</a>"))
    #expect(page.contains("<a href=\"tiny-full/report.html\" data-adapter=\"0\"><code>tiny-full</code></a>"))
    #expect(try text("tiny-full/report.html").contains("href=\"../compare.html\">side by side</a>"))
    #expect(try text("compare.md").contains("[tiny-full](tiny-full/report.md)"))
    let alone = try ReportFiles.all(one)
    #expect(!alone.contains { String(decoding: $0.bytes, as: UTF8.self).contains("compare.html") })
    let ablations = ["tiny-full", "tiny-masked"].map { name in SyntheticAblation.make { $0.name = name } }
    let cut = try AblationFiles.all(ablations, SyntheticComparison.make { $0.adapters = ["tiny-full", "tiny-masked"] })
    let beside = String(decoding: try #require(cut.first { $0.path == "compare.html" }).bytes, as: UTF8.self)
    #expect(beside.contains("href=\"tiny-full/interventions.md\"") && !beside.contains("<nav"))
  }
}
