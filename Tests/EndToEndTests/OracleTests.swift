import Foundation
import Leibniz
import OracleFixtures
import Testing

/// Whole analyses against transformers and PEFT, whose every float32 step was widened to double.
@Suite struct OracleTests {
  /// One pass in float32 with exact rules for the deltas; subtracting two float32 runs is up to 1000 times worse.
  private static let tolerance = 2e-5

  @Test(arguments: OracleCase.bundled) func `An analysis agrees with the library`(_ oracle: OracleCase) throws {
    try compare(oracle)
  }

  @Test(
    .enabled(if: !OracleCase.further.isEmpty, "LEIBNIZ_ORACLE names no folder of further cases"),
    arguments: OracleCase.further)
  func `An analysis agrees with the library on further cases`(_ oracle: OracleCase) throws {
    try compare(oracle)
  }

  @Test func `There are committed cases`() { #expect(OracleCase.bundled.count >= 8) }

  private func compare(_ oracle: OracleCase) throws {
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts,
      options: AnalysisOptions(threads: 2, computesLoss: true))
    var comparison = Comparison(tolerance: Self.tolerance)
    try comparison.compare(analysis, with: oracle.expected())
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    if ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil {
      print("worst of \(oracle.description): \(comparison.worst)")
    }
  }
}
