import AnalysisFixtures
import Foundation
import LeibnizTesting
import Testing

@Suite struct LoadingTests {
  private let goldens = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../ExpectationsTests/Goldens").standardized

  @Test func `An analysis is loaded from its file`() throws {
    let analysis = try Analysis(contentsOf: goldens.appending(path: "analysis.json"))
    #expect(
      analysis
        == SyntheticAnalysis.make {
          $0.layers = 1
          $0.heads = 1
        })
    expect(analysis).share(of: .dKtQ, from: .after, to: .before, isAtLeast: 0.5)
  }

  @Test func `A file that is none says so`() {
    let error = #expect(throws: (any Error).self) {
      try Analysis(contentsOf: goldens.appending(path: "junit.xml"))
    }
    #expect(error.map { "\($0)" }?.hasPrefix("junit.xml: not valid JSON: line 1, column 1") == true)
  }
}
