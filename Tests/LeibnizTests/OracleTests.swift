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

  @Test func `The comparison sees what is wrong`() throws {
    let oracle = try #require(OracleCase.bundled("llama-alora-whisper"))
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts,
      options: AnalysisOptions(threads: 2, computesLoss: true, parts: [.mass, .values]))
    let expected = try oracle.expected()
    let zero = try #require(analysis.blocks.firstIndex { $0.raw[.dKtQ].zero == .structural })
    for change: (inout Analysis) -> Void in [
      { $0.blocks.removeLast() }, { $0.blocks[4].pairs += 1 }, { $0.blocks[4].raw.delta.mean = .nan },
      { $0.blocks[4].raw.delta.maxAbs *= 1 + 5e-5 }, { $0.blocks[4].centered.terms[1].share += 5e-5 },
      { $0.blocks[4].raw.terms[1].dominance -= 0.1 }, { $0.blocks[zero].raw.terms[0].magnitude.rms = 1e-300 },
      { $0.stream.removeLast() }, { $0.stream[$0.stream.count - 1].relative *= 1 + 5e-5 },
      { $0.loss?.adapted[1] = nil }, { $0.loss = nil }, { $0.mass?.removeFirst() }, { $0.mass?[1].count += 1 },
      { $0.mass?[1].base *= 1 + 5e-5 }, { $0.mass?[1].moved *= 1 + 5e-5 },
      { $0.mass?[1].byKey *= 1.01 }, { $0.mass?[0].byQuery = 1e-300 },
      { $0.values?.removeFirst() }, { $0.values?[1].delta *= 1 + 5e-5 }, { $0.values?[1].terms[0].share += 5e-5 },
      { $0.values?[1].terms[1].rms = 1e-300 },
    ] {
      var wrong = analysis
      change(&wrong)
      var comparison = ReferenceComparison(tolerance: Self.tolerance)
      try comparison.compare(wrong, with: expected)
      #expect(!comparison.failures.isEmpty)
    }
  }

  private func compare(_ oracle: OracleCase) throws {
    let analysis = try analyze(
      base: oracle.base, adapted: oracle.adapted, prompts: oracle.prompts,
      options: AnalysisOptions(threads: 2, computesLoss: true, parts: [.mass, .values]))
    let expected = try oracle.expected()
    #expect(expected["mass"] != nil && expected["values"] != nil)
    let comparison = try expectAgreement(with: oracle) { comparison in
      try comparison.compare(analysis, with: expected)
      #expect(comparison.compared > 100)
    }
    if ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil {
      print("worst of \(oracle.description): \(comparison.worst)")
    }
  }
}
