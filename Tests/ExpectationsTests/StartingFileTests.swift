import AnalysisFixtures
import Expectations
import Results
import Testing

@Suite struct StartingFileTests {
  @Test(arguments: [false, true])
  func `A starting file holds for the run it comes from`(_ isMasked: Bool) throws {
    let analysis = SyntheticAnalysis.make { $0.isMasked = isMasked }
    let text = analysis.startingExpectations()
    #expect(try Golden("init-\(isMasked ? "masked" : "full").yaml").difference(from: text) == nil)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(results.allPassed, "\(results.text)")
    #expect(results.count > 8)
  }

  @Test func `A starting file of the full pair fails on the masked pair`() throws {
    let text = SyntheticAnalysis.make().startingExpectations()
    let results = try ExpectationFile(yaml: text, file: "expectations.yaml")
      .check(SyntheticAnalysis.make { $0.isMasked = true })
    #expect(!results.allPassed)
    #expect(try Golden("full-on-masked.txt").difference(from: results.text) == nil)
  }

  @Test func `A starting file of the masked pair fails on the full pair`() throws {
    let text = SyntheticAnalysis.make { $0.isMasked = true }.startingExpectations()
    let results = try ExpectationFile(yaml: text, file: "expectations.yaml").check(SyntheticAnalysis.make())
    #expect(
      results.contains { !$0.comparison.passed && $0.comparison.subject.hasPrefix("dKᵀQ, after→before") })
  }

  @Test(arguments: ["on", "a: b", "\"quoted\"", "tab\tnew\nline", "é", "- x", "", "null", "42", "#", "\u{7}"])
  func `Any region's name survives`(_ name: String) throws {
    var analysis = SyntheticAnalysis.make()
    analysis.regions[0] = name
    for index in analysis.stream.indices where analysis.stream[index].region == "before" {
      analysis.stream[index].region = name
    }
    let text = analysis.startingExpectations()
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(results.contains { $0.comparison.passed && $0.comparison.subject.contains("region \(name)") })
  }

  @Test func `A model's name cannot leave the comment`() throws {
    var analysis = SyntheticAnalysis.make()
    analysis.base.name = "x\nschema: 7\r\u{2028}y\u{85}"
    #expect(
      try ExpectationFile(yaml: analysis.startingExpectations(), file: "e.yaml").check(analysis).allPassed)
  }
}
