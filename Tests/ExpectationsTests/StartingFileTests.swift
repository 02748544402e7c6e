import AnalysisFixtures
import Expectations
import Results
import Testing

@Suite struct StartingFileTests {
  @Test(arguments: [false, true])
  func `A starting file holds for the run it comes from`(_ isMasked: Bool) throws {
    let analysis = SyntheticAnalysis.make { $0.isMasked = isMasked }
    let text = ExpectationFile.starting(with: analysis)
    #expect(try Golden("init-\(isMasked ? "masked" : "full").yaml").difference(from: text) == nil)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(results.allPassed, "\(CheckReport(results).text())")
    #expect(results.count > 8)
  }

  /// To YAML 1.1, which many readers still speak, 1e-05 is a text.
  @Test func `Bounds are written without exponents`() throws {
    var analysis = SyntheticAnalysis.make()
    analysis.loss = Losses(
      base: [2, nil], adapted: [1.99999, nil], divergence: [.init(region: "after", predictions: 9, kl: 3.2e-7)])
    for index in analysis.stream.indices { analysis.stream[index].relative = 4.4e-12 }
    let text = ExpectationFile.starting(with: analysis)
    #expect(text.contains("atMost: 0.00001  # measured 2.5e-07\n"), "of the closure error")
    #expect(text.contains("atMost: 0.0000000000066  #"))
    #expect(text.contains("atMost: -0.000005  # measured -1e-05\n"))
    let values = text.split(separator: "\n").compactMap { $0.firstMatch(of: /at(Most|Least): ([^ ]+)/)?.output.2 }
    #expect(values.count > 20 && values.allSatisfy { !$0.contains("e") && Double($0) != nil }, "\(values)")
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(results.allPassed, "\(CheckReport(results).text())")
  }

  @Test func `Editors are told the schema in the first line`() {
    let first = ExpectationFile.starting(with: SyntheticAnalysis.make()).prefix { $0 != "\n" }
    #expect(first == "# yaml-language-server: $schema=expectations.schema.json")
  }

  @Test func `A starting file of the full pair fails on the masked pair`() throws {
    let text = ExpectationFile.starting(with: SyntheticAnalysis.make())
    let results = try ExpectationFile(yaml: text, file: "expectations.yaml")
      .check(SyntheticAnalysis.make { $0.isMasked = true })
    #expect(!results.allPassed)
    #expect(try Golden("full-on-masked.txt").difference(from: CheckReport(results).text()) == nil)
  }

  @Test func `A starting file of the masked pair fails on the full pair`() throws {
    let text = ExpectationFile.starting(with: SyntheticAnalysis.make { $0.isMasked = true })
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
    let text = ExpectationFile.starting(with: analysis)
    let results = try ExpectationFile(yaml: text, file: "e.yaml").check(analysis)
    #expect(results.contains { $0.comparison.passed && $0.comparison.subject.contains("region \(name)") })
  }

  @Test func `A model's name cannot leave the comment`() throws {
    var analysis = SyntheticAnalysis.make()
    analysis.base.name = "x\nschema: 7\r\u{2028}y\u{85}"
    #expect(
      try ExpectationFile(yaml: ExpectationFile.starting(with: analysis), file: "e.yaml").check(analysis).allPassed)
  }
}
