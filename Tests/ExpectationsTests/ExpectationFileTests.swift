import AnalysisFixtures
import Expectations
import Foundation
import Results
import Testing

@Suite struct ExpectationFileTests {
  let analysis = SyntheticAnalysis.make()

  private func results(_ items: String) throws -> [CheckResult] {
    try ExpectationFile(yaml: "schema: 1\nexpectations:\n\(items)", file: "e.yaml").check(analysis)
  }

  @Test func `Every key reaches the expectation`() throws {
    let results = try results(
      """
        - name: lookups
          reason: >
            because of
            the mask
          quantity: share
          term: dKtQ
          centered: true
          query: after
          key: "before"
          layers: [0, 2-3, 5-]
          heads: 1-2
          atLeast: 0.1
          atMost: 0.2
        - {quantity: rms, term: delta, pooled: heads, layers: 4, equals: 0.5, tolerance: 1e-2}
        - {quantity: dominantTerm, is: mixed, query: after}
        - {quantity: structuralZero, term: dKtdQ, key: after}
        - {quantity: stream, region: before, layers: all, atMost: +.5}
        - {quantity: closure, atMost: 1e-5}
      """)
    #expect(
      results.map(\.comparison.subject) == [
        "centered share of dKᵀQ, after→before, layers 0, 2-3, 5-, heads 1-2",
        "rms of ΔS, layer 4, heads pooled",
        "dominant term, after→any region, every layer and head",
        "dKᵀdQ, any region→after, every layer and head",
        "stream divergence, region before, every layer", "closure error",
      ])
    #expect(
      results.map(\.comparison.requirement) == [
        "between 0.1 and 0.2", "between 0.49 and 0.51", "mixed (the two largest shares within 0.1)",
        "structurally zero (forced by the mask or the adapter's targets)", "at most 0.5", "at most 1e-05",
      ])
    #expect(results.map(\.comparison.places) == [8, 3, 48, 24, 6, 1])
    #expect(results[0].comparison.reason == "because of the mask")
    #expect(results[0].name == "lookups")
    #expect(results[1].name == nil)
    #expect(results.map(\.source?.line) == [3, 16, 17, 18, 19, 20])
    #expect(results[1].source?.column == 5)
  }

  @Test func `The statistic is the one that is named`() throws {
    for name in ["share", "dominance", "mean", "meanAbs", "rms", "maxAbs"] {
      let result = try results(
        "  - {quantity: \(name), term: KtdQ, query: after, key: after, layers: 1, heads: 2, atMost: 99}")
      let row = try #require(
        analysis.blocks.first { $0.layer == 1 && $0.head == 2 && $0.query == "after" && $0.key == "after" })
      let statistics = row.raw[.KtdQ]
      let expected = [
        "share": statistics.share, "dominance": statistics.dominance, "mean": statistics.magnitude.mean,
        "meanAbs": statistics.magnitude.meanAbs, "rms": statistics.magnitude.rms,
        "maxAbs": statistics.magnitude.maxAbs,
      ]
      #expect(result.first?.comparison.worst?.value == expected[name])
      #expect(result.first?.comparison.worst?.value != nil)
    }
  }

  @Test func `The file that the docs show is the example, and is read`() throws {
    let docs = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs").standardized
    let example = try String(contentsOf: docs.appending(path: "examples/expectations.yaml"), encoding: .utf8)
    let page = try String(contentsOf: docs.appending(path: "check.md"), encoding: .utf8)
    #expect(page.contains("```yaml\n\(example)```"))
    let masked = SyntheticAnalysis.make {
      $0.isMasked = true; $0.layers = 21
    }
    let results = try ExpectationFile(yaml: example, file: "e.yaml").check(masked)
    #expect(results.count == 6)
    #expect(results.allPassed, "\(CheckReport(results).text())")
  }

  /// Files that are wrong. The golden holds each with its error.
  static let wrong = [
    "", "# nothing\n", "- a\n", "schema: 1\n", "expectations: []\n", "schema: 2\nexpectations:\n  - {}\n",
    "schema: 1\nexpectations: []\n", "schema: 1\nexpectations: {}\n", "schema: 1\nexpectation: []\n",
    "schema: 1\nschema: 1\n", "schema: 1\nexpectations:\n  - a: [\n", "schema: 1\n\texpectations: 1\n",
    "schema: 1\n---\nschema: 1\n", "schema: *missing\n", "? [a]\n: 1\n",
    "schema: 1\nexpectations:\n  - closure\n",
  ]
  static let wrongItems = [
    "{}", "{term: dKtQ}", "{quantity: shares, term: dKtQ, atMost: 1}", "{quantity: 7}", "{quantity: [share]}",
    "{quantity: share, atMost: 1}", "{quantity: share, term: delta, atMost: 1}",
    "{quantity: share, term: dktq, atMost: 1}", "{quantity: share, term: dKtQ}",
    "{quantity: share, term: dKtQ, atmost: 1}", "{quantity: share, term: dKtQ, colour: red, atMost: 1}",
    "{quantity: closure, term: dKtQ, atMost: 1}", "{quantity: structuralZero, term: dKtQ, atMost: 0}",
    "{quantity: dominantTerm, query: after}", "{quantity: dominantTerm, is: ktdq}",
    "{quantity: closure, atMost: \"1\"}", "{quantity: closure, atMost: 0x10}",
    "{quantity: closure, atMost: .nan}",
    "{quantity: closure, atMost: 1e999}", "{quantity: closure, atMost: }", "{quantity: closure, atMost: [1]}",
    "{quantity: closure, atLeast: 2, atMost: 1}", "{quantity: closure, equals: 1, atMost: 2}",
    "{quantity: closure, tolerance: 1, atMost: 2}", "{quantity: closure, equals: 1, tolerance: -1}",
    "{quantity: share, term: dKtQ, centered: yes, atMost: 1}",
    "{quantity: share, term: dKtQ, layers: 9-4, atMost: 1}",
    "{quantity: share, term: dKtQ, layers: -1, atMost: 1}",
    "{quantity: share, term: dKtQ, layers: [], atMost: 1}",
    "{quantity: share, term: dKtQ, layers: [[1]], atMost: 1}",
    "{quantity: share, term: dKtQ, layers: 99999999999999999999, atMost: 1}",
    "{quantity: share, term: dKtQ, layers: every, atMost: 1}",
    "{quantity: share, term: dKtQ, heads: {}, atMost: 1}",
    "{quantity: share, term: dKtQ, pooled: true, atMost: 1}",
    "{quantity: share, term: dKtQ, pooled: heads, heads: 1, atMost: 1}",
    "{quantity: share, term: dKtQ, pooled: all, layers: 1, atMost: 1}",
    "{quantity: moved}", "{quantity: moved, centered: true, atMost: 1}", "{quantity: mass, atMost: 1}",
    "{quantity: mass, of: both, atMost: 1}", "{quantity: sources, term: dKtdQ, source: own, atMost: 1}",
    "{quantity: sources, term: dKtQ, source: joined, atMost: 1}", "{quantity: sources, term: dKtQ, atMost: 1}",
    "{quantity: values, term: delta, atMost: 1}", "{quantity: values, term: dPV, statistic: mean, atMost: 1}",
    "{quantity: products, term: dWx, atMost: 1}", "{quantity: products, site: gateUp, term: dWx, atMost: 1}",
    "{quantity: products, site: k, term: delta, atMost: 1}",
    "{quantity: products, site: k, term: dWx, query: a, atMost: 1}",
    "{quantity: median, query: after, atMost: 1}", "{quantity: loss, atMost: 1}",
    "{quantity: loss, of: base, region: after}",
    "{quantity: kl, atMost: 1}", "{quantity: kl, region: after, knockout: scores, atMost: 1}",
    "{quantity: benefitLost, region: after, atMost: 1}", "{quantity: benefitLost, knockout: scores}",
    "{quantity: verification, atLeast: 0}", "{quantity: verification, atMost: -1}",
    "{quantity: closure, name: \"\", atMost: 1}", "{quantity: closure, atMost: 1, atMost: 2}",
  ].map { "schema: 1\nexpectations:\n  - \($0)\n" }

  @Test func `What is wrong is said with line and column`() throws {
    var text = ""
    for yaml in Self.wrong + Self.wrongItems {
      let error = #expect(throws: ExpectationsError.self) { try ExpectationFile(yaml: yaml, file: "e.yaml") }
      text += yaml.isEmpty ? "" : yaml.replacing("schema: 1\nexpectations:\n", with: "… ")
      text += "    \(error.map(\.description) ?? "accepted")\n"
    }
    #expect(try Golden("wrong-files.txt").difference(from: text) == nil)
  }

  @Test func `A file that nests deeply or is large is refused`() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: ExpectationsError.self) { try ExpectationFile(yaml: deep, file: "e.yaml") }
    let large = "#" + String(repeating: " ", count: ExpectationFile.maximumSize)
    #expect(throws: ExpectationsError.self) { try ExpectationFile(yaml: large, file: "e.yaml") }
  }

  @Test func `Cutting a valid file anywhere never stops the program`() throws {
    let text = ExpectationFile.starting(with: analysis)
    let scalars = Array(text.unicodeScalars)
    var refused = 0
    for length in stride(from: 0, to: scalars.count, by: 7) {
      let cut = String(String.UnicodeScalarView(scalars[..<length]))
      do { _ = try ExpectationFile(yaml: cut, file: "e.yaml") } catch { refused += 1 }
    }
    #expect(refused > 0)
  }
}
