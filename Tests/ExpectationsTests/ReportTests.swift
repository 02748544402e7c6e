import AnalysisFixtures
import Expectations
import Results
import Testing

@Suite struct ReportTests {
  private func results() throws -> [CheckResult] {
    let yaml = """
      schema: 1
      expectations:
        - name: "lookups <through> \\"queries\\" & 100 %, only"
          quantity: share
          term: dKtQ
          query: after
          key: before
          atMost: 0.2
          reason: "50 % of the task: <unknown> & odd \\u0007 bell"
        - quantity: closure
          atMost: 1e-5
        - quantity: stream
          region: nowhere
          atMost: 1
      """
    return try ExpectationFile(yaml: yaml, file: "tests/a,b:c.yaml").check(SyntheticAnalysis.make())
  }

  @Test func `Results for a terminal`() throws {
    let report = CheckReport(try results(), of: ["report"], against: "tests/a,b:c.yaml", baseline: "old.json")
    #expect(try Golden("check.txt").difference(from: report.text()) == nil)
    #expect(report.text().hasSuffix("\n\(report.verdict)\n"))
    #expect(report.text(isAnnotated: true).hasSuffix("\n\(report.verdict)\n"), "the last line says it all")
  }

  @Test func `Quietly only what fails is told, and nothing where all holds`() throws {
    let report = CheckReport(try results())
    let lines = report.text(isQuiet: true).split(separator: "\n")
    #expect(lines.count == 3 && lines.dropLast().allSatisfy { $0.hasPrefix("FAIL  ") })
    #expect(lines.last.map(String.init) == report.verdict)
    let sound = CheckReport(report.results.filter(\.comparison.passed), of: ["report"])
    #expect(sound.results.count == 1 && sound.text(isQuiet: true).isEmpty)
    #expect(sound.text().hasSuffix("\n1 expectation: all hold (report)\n"))
  }

  @Test func `The last line names three failures, and the files`() {
    let failures = ["a", "b", "c", "d", "e"].map {
      CheckResult(name: $0 == "b" ? "named" : nil, comparison: Comparison(subject: $0, requirement: "x", findings: []))
    }
    #expect(
      CheckReport(failures, of: ["r", "s"], against: "e.yaml", baseline: "o.json").verdict
        == "5 expectations: 5 fail: a; named; c; and 2 more (r and s against e.yaml and o.json)")
    #expect(CheckReport(Array(failures.prefix(1))).verdict == "1 expectation: 1 fails: a")
  }

  @Test func `Results as markdown for a step's summary`() throws {
    let report = CheckReport(try results(), of: ["report"], against: "e.yaml")
    #expect(try Golden("summary.md").difference(from: report.markdown) == nil)
    let sound = CheckReport(report.results.filter(\.comparison.passed))
    #expect(sound.markdown == "### leibniz check: all hold\n\n1 expectation: all hold\n\n")
  }

  @Test func `Results as JSON`() throws {
    let report = CheckReport(try results(), of: ["report"], against: "e.yaml")
    #expect(try Golden("check.json").difference(from: report.json()) == nil)
    let odd = Finding(Reading(place: Place(layer: 1), value: .nan), bounds: try Bounds(atLeast: 0, atMost: nil))
    let text = try CheckReport([CheckResult(comparison: Comparison(subject: "s", requirement: "r", findings: [odd]))])
      .json()
    #expect(text.contains("\"layer\" : 1") && !text.contains("\"value\""), "JSON has no NaN: \(text)")
  }

  @Test func `Results as JUnit XML`() throws {
    #expect(try Golden("junit.xml").difference(from: try results().junit(suite: "analysis.json")) == nil)
  }

  @Test func `Failures as GitHub annotations`() throws {
    let text = try results().githubAnnotations
    #expect(text.split(separator: "\n").count == 2)
    #expect(try Golden("github.txt").difference(from: text) == nil)
  }

  @Test func `Line breaks cannot start another workflow command`() {
    let comparison = Comparison(subject: "a\r\n::error::b", requirement: "c", problem: "d\n::stop::e")
    let text = [CheckResult(name: "x\n::y::", comparison: comparison)].githubAnnotations
    #expect(text.unicodeScalars.count { $0 == "\n" || $0 == "\r" } == 1)
  }

  @Test func `An accent cannot hide what has to be escaped`() {
    let comparison = Comparison(subject: "a%\u{301}0A", requirement: "c", problem: "d")
    let text = [CheckResult(name: "x:\u{301},\u{301}", comparison: comparison)].githubAnnotations
    #expect(text.utf8.elementsEqual(text.unicodeScalars.map { String($0) }.joined().utf8))
    #expect(text.unicodeScalars.starts(with: "::error title=x%3A\u{301}%2C\u{301}::a%25\u{301}0A".unicodeScalars))
  }
}
