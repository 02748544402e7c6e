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
    #expect(try Golden("check.txt").difference(from: try results().text) == nil)
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
}
