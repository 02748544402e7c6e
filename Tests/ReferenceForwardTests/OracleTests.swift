import OracleFixtures
import ReferenceForward
import Results
import Testing

/// The plain double-precision runs against transformers and PEFT, whose every float32 step was widened to double: this
/// proves each family's description and each adapter's reading, apart from the paired pass.
@Suite struct OracleTests {
  @Test(arguments: OracleCase.bundled) func plainRunsAgreeWithTheLibrary(_ oracle: OracleCase) throws {
    try compare(oracle)
  }

  @Test(
    .enabled(if: !OracleCase.further.isEmpty, "LEIBNIZ_ORACLE names no folder of further cases"),
    arguments: OracleCase.further)
  func plainRunsAgreeWithTheLibraryOnFurtherCases(_ oracle: OracleCase) throws { try compare(oracle) }

  private func compare(_ oracle: OracleCase) throws {
    let runs = try OracleRuns(oracle)
    var decomposition = ReferenceDecomposition()
    var losses = Losses(base: [], adapted: [])
    for prompt in runs.prompts {
      let (base, adapted) = try runs.pair(prompt)
      decomposition.add(base: base, adapted: adapted, model: runs.model.description, regions: prompt.regions)
      losses.base.append(base.meanLoss(tokens: prompt.tokens, separator: prompt.separator))
      losses.adapted.append(adapted.meanLoss(tokens: prompt.tokens, separator: prompt.separator))
    }
    var comparison = ReferenceComparison(tolerance: runs.tolerance)
    let expected = try oracle.expected()
    try comparison.compareBlocks(decomposition.blockRows(), with: expected)
    try comparison.compareStream(decomposition.streamRows(), with: expected)
    try comparison.compareLosses(losses, with: expected)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    runs.report(comparison)
  }
}
