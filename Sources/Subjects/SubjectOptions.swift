import Checkpoints
import Foundation
import LongRuns
import PairedForward
import Prompts
import Vocabulary

/// How models and prompts become subjects of a run: masks, separators, and adapters that are merged into the base.
public struct SubjectOptions: Sendable {
  /// Where the adapter acts, but for the projections in ``siteMasks``. A training-time mask leaves no trace in an adapter's files, so it
  /// may have to be stated here.
  public var mask = MaskRule.auto
  /// Projections with a mask of their own.
  public var siteMasks: [Site: SiteMask] = [:]
  /// Where a prompt's regions come from when its line does not say.
  public var separator = Separator.fromFile
  /// Whether a separator may be asked for that is in no prompt.
  public var allowsMissingSeparator = false
  /// Adapters merged into the base first.
  public var baseAdapters: [URL] = []

  /// As adapter and prompt file say.
  public init() {}

  /// The masks as one plan.
  package var maskPlan: MaskPlan { MaskPlan(mask, sites: siteMasks) }

  /// Opens the models and reads the prompts; nothing is computed before all of it was found right.
  /// - Returns: A subject for each adapter, all over one base.
  /// - Throws: ``CheckpointError``, ``PromptError``, ``AnalysisError`` and the errors of the readers below them.
  package func open(
    base: URL, adapted: [URL], prompts: PromptSource, mask: MaskPlan, progress: ((AnalysisProgress) -> Void)?
  ) throws -> [Subject] {
    progress?(AnalysisProgress(stage: .loading, fraction: 0))
    let model = try ModelPair.model(base: base, baseAdapters: baseAdapters)
    var prompts = prompts
    return try adapted.map { adapted in
      let pair = try ModelPair(model: model, folder: base, adapted: adapted)
      prompts = try prompts.loaded()
      let file = try prompts.read(for: pair, separator: separator, allowsMissingSeparator: allowsMissingSeparator)
      return try Subject(pair, file: file, mask: mask)
    }
  }
}
