/// The result of an ablation: what interventions.json (schema 1) holds.
public struct Ablation: Sendable, Equatable {
  /// Version of Leibniz that made it.
  public var version: String
  /// The adapter's own mask, from which interventions start.
  public var mask: String
  /// Threads it ran on.
  public var threads: Int
  /// The base model.
  public var base: BaseSummary
  /// What the base was adapted to.
  public var adapted: AdaptedSummary
  /// Names of the regions, in the order of their first appearance.
  public var regions: [String]
  /// SHA-256 of the prompts.
  public var promptsFingerprint: String
  /// The prompts.
  public var prompts: [PromptSummary]
  /// The region whose tokens' predictions are measured; nil for the tokens after the separator.
  public var lossRegion: String?
  /// The kernels of OpenBLAS that products were computed on ("Haswell"); nil in files from before it was told.
  public var kernel: String?
  /// How many tokens the models predict, where these are not as many.
  public var vocabulary: PredictedVocabulary?
  /// What every ablation answers first: without the scores' change, without changed values, without either, then without each
  /// term of the scores, everywhere; empty where it was not wanted.
  public var overview: [Knockout]
  /// The interventions that were asked for.
  public var knockouts: [Knockout]
  /// What each of some parts is worth, where that was asked for.
  public var worths: [PartWorth] = []
  /// The double-precision check, where asked for.
  public var verification: Verification?
  /// What a reader has to know before believing the numbers, a sentence each.
  public var warnings: [String]

  /// An ablation from its parts.
  public init(
    version: String, mask: String, threads: Int, base: BaseSummary, adapted: AdaptedSummary, regions: [String],
    promptsFingerprint: String, prompts: [PromptSummary], lossRegion: String?, overview: [Knockout],
    knockouts: [Knockout], verification: Verification?, warnings: [String]
  ) {
    self.version = version
    self.mask = mask
    self.threads = threads
    self.base = base
    self.adapted = adapted
    self.regions = regions
    self.promptsFingerprint = promptsFingerprint
    self.prompts = prompts
    self.lossRegion = lossRegion
    self.overview = overview
    self.knockouts = knockouts
    self.verification = verification
    self.warnings = warnings
  }

  /// Every intervention that was run: the overview, what was asked for, and the sets whose parts' worth was.
  public var runs: [Knockout] { overview + knockouts + worths.flatMap(\.sets) }
}
