import Architectures
import Checkpoints
import Foundation
import OracleFixtures
import ReferenceForward
import Results
import Testing

/// The plain double-precision runs against transformers and PEFT, whose every float32 step was widened to double: this
/// proves each family's description and each adapter's reading, apart from the paired pass.
@Suite struct OracleTests {
  /// Both sides compute in double precision, so that only what is kept in float32 on purpose can differ from the
  /// widened library.
  private static func tolerance(_ model: ModelDescription, _ adaptation: Adaptation) -> Double {
    // 1 + w of a gain is rounded to float32.
    if model.finalNorm.storesGainMinusOne { return 5e-6 }
    // So are multipliers, and the difference of two stored weights.
    let multiplies = model.embedding.scale != 1 || model.layers.contains { $0.residualMultiplier != 1 }
    let subtracts =
      adaptation.linears.values.contains { $0.dense != nil || $0.bias != nil } || !adaptation.norms.isEmpty
      || !adaptation.embeddings.isEmpty
    return multiplies || subtracts ? 5e-7 : 1e-9
  }

  @Test(arguments: OracleCase.bundled) func plainRunsAgreeWithTheLibrary(_ oracle: OracleCase) throws {
    try compare(oracle)
  }

  @Test(
    .enabled(if: !OracleCase.further.isEmpty, "LEIBNIZ_ORACLE names no folder of further cases"),
    arguments: OracleCase.further)
  func plainRunsAgreeWithTheLibraryOnFurtherCases(_ oracle: OracleCase) throws { try compare(oracle) }

  private func compare(_ oracle: OracleCase) throws {
    let model = try Model(folder: oracle.base)
    let adaptation = try Adaptation.open(folder: oracle.adapted, base: model)
    var decomposition = ReferenceDecomposition()
    var losses = Losses(base: [], adapted: [])
    for prompt in try oracle.readPrompts() {
      let wanted = prompt.separator..<max(prompt.tokens.count - 1, prompt.separator)
      let base = try referenceRun(
        model: model, adaptation: nil, tokens: prompt.tokens, logitPositions: wanted)
      let adapted = try referenceRun(
        model: model, adaptation: adaptation, tokens: prompt.tokens,
        lowRankMask: mask(prompt.tokens, from: adaptation.invocationTokens), logitPositions: wanted)
      decomposition.add(
        base: base, adapted: adapted, model: model.description, regions: prompt.regions)
      losses.base.append(base.meanLoss(tokens: prompt.tokens, separator: prompt.separator))
      losses.adapted.append(adapted.meanLoss(tokens: prompt.tokens, separator: prompt.separator))
    }
    var comparison = ReferenceComparison(tolerance: Self.tolerance(model.description, adaptation))
    let expected = try oracle.expected()
    try comparison.compareBlocks(decomposition.blockRows(), with: expected)
    try comparison.compareStream(decomposition.streamRows(), with: expected)
    try comparison.compareLosses(losses, with: expected)
    #expect(comparison.failures.isEmpty, "\(comparison.failures.prefix(5))")
    #expect(comparison.compared > 100)
    if ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil {
      print("worst of \(oracle.description): \(comparison.worst)")
    }
  }

  /// 1 from the last occurrence of the invocation tokens on, 0 before it; nil without such tokens.
  private func mask(_ tokens: [Int], from invocation: [Int]?) -> [Double]? {
    guard let invocation, !invocation.isEmpty else { return nil }
    let starts = tokens.indices.filter { tokens[$0...].starts(with: invocation) }
    let start = starts.last ?? tokens.count
    return tokens.indices.map { $0 >= start ? 1 : 0 }
  }
}
