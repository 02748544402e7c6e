import Architectures
import Checkpoints
import Foundation
import OracleFixtures
import ReferenceForward
import Vocabulary

/// The two plain runs of every prompt of an oracle case.
struct OracleRuns {
  var oracle: OracleCase
  var model: Model
  var adaptation: Adaptation
  var prompts: [OracleCase.Prompt]

  init(_ oracle: OracleCase) throws {
    self.oracle = oracle
    model = try Model(folder: oracle.base)
    adaptation = try Adaptation.open(folder: oracle.adapted, base: model)
    prompts = try oracle.readPrompts()
  }

  /// Both sides compute in double precision, so that only what is kept in float32 on purpose can differ from the
  /// widened library.
  var tolerance: Double {
    let description = model.description
    // Multipliers are, and the difference of two stored weights.
    let multiplies =
      description.embedding.scale != 1 || description.layers.contains { $0.residualMultiplier != 1 }
    let subtracts =
      adaptation.linears.values.contains { $0.dense != nil || $0.bias != nil } || !adaptation.norms.isEmpty
      || !adaptation.sinks.isEmpty
      || !adaptation.embeddings.isEmpty
    // The library keeps GPT-J's sines in float32, of every rotated coordinate, and the numbers of Apertus's activation; it routes
    // tokens of GLM 4's mixtures in float32.
    let hasSingle = ["apertus", "glm4-moe", "deepseek"].contains { oracle.description.hasPrefix($0) }
    if oracle.description.hasPrefix("gptj") { return 1e-6 }
    return multiplies || subtracts || hasSingle ? 5e-7 : 1e-9
  }

  /// The base.
  var base: ReferenceModel { ReferenceModel(model: model, adaptation: nil) }

  /// The adapted model on a prompt, with the adapter's own mask.
  func adapted(_ prompt: OracleCase.Prompt, sites: [Site: ReferenceMask] = [:]) -> ReferenceModel {
    ReferenceModel(
      model: model, adaptation: adaptation, masks: ReferenceMasks(ownMask(prompt.tokens), sites: sites))
  }

  /// Both runs of a prompt with everything kept and the logits that the loss needs.
  func pair(_ prompt: OracleCase.Prompt) throws -> (base: ReferenceRun, adapted: ReferenceRun) {
    let positions = prompt.scoredPositions
    return (
      try base.run(prompt.tokens, logitPositions: positions, keeping: .all),
      try adapted(prompt).run(prompt.tokens, logitPositions: positions, keeping: .all)
    )
  }

  /// The low-rank part acts from the last occurrence of the invocation tokens on; everywhere without such tokens.
  private func ownMask(_ tokens: [Int]) -> ReferenceMask {
    guard let invocation = adaptation.invocationTokens, !invocation.isEmpty else { return ReferenceMask() }
    let start = tokens.indices.last { tokens[$0...].starts(with: invocation) } ?? tokens.count
    return ReferenceMask(lowRank: tokens.indices.map { $0 >= start ? 1 : 0 })
  }

  /// Prints the largest error where LEIBNIZ_ORACLE_VERBOSE is set.
  func report(_ comparison: ReferenceComparison, _ part: String = "blocks") {
    guard ProcessInfo.processInfo.environment["LEIBNIZ_ORACLE_VERBOSE"] != nil else { return }
    print("worst of \(oracle) in \(part): \(comparison.worst) of \(comparison.compared)")
  }
}

extension OracleCase.Prompt {
  /// Positions whose predictions the loss is over.
  var scoredPositions: Range<Int> { separator..<max(tokens.count - 1, separator) }
}

/// Names of the regions of an oracle's prompts, by index.
enum OracleRegion {
  static let names = ["before", "after"]

  /// The region of a name; nil for "*", any.
  static func index(_ name: String) -> Int? { names.firstIndex(of: name) }
}
