import Foundation

/// How to run interventions.
public struct AblationOptions: Sendable {
  /// The adapter's own mask, from which interventions start. A training-time mask leaves no trace in an adapter's files, so it
  /// may have to be stated here.
  public var mask: MaskRule
  /// Projections with a mask of their own.
  public var siteMasks: [Site: SiteMask]
  /// Where a prompt's regions come from when its line does not say.
  public var separator: Separator
  /// Whether a separator may be asked for that is in no prompt.
  public var allowsMissingSeparator = false
  /// The region whose tokens' predictions are measured; nil for the tokens after the separator.
  public var lossRegion: String?
  /// Families to run of every intervention.
  public var sweeps: [Sweep]
  /// What parts are worth; each question takes a run for every set of them.
  public var worths: [Worth] = []
  /// Whether scores, values, both, and each term of the scores are left out everywhere too.
  public var hasOverview: Bool
  /// Tasks that run at a time; defaults to the machine's cores.
  public var threads: Int
  /// How many of the first prompts are recomputed in double precision.
  public var verifiedPrompts: Int
  /// About how many tokens go through a layer together at most; a longer prompt is a batch of its own.
  public var batchTokens = AnalysisOptions.usualBatchTokens
  /// As ``AnalysisOptions/maxMemory``.
  public var maxMemory: Int?
  /// Where finished batches are kept, so that an interrupted run can go on; nil for nowhere.
  public var keeping: BatchKeeping?
  /// Adapters merged into the base first.
  public var baseAdapters: [URL]
  /// About how many bytes the deltas of interventions may take at a time.
  public var memory: Int
  /// Called now and then from the running thread.
  public var progress: (@Sendable (AnalysisProgress) -> Void)?

  /// Options; the defaults follow the adapter and the prompt file.
  public init(
    mask: MaskRule = .auto, siteMasks: [Site: SiteMask] = [:], separator: Separator = .fromFile,
    lossRegion: String? = nil, sweeps: [Sweep] = [], hasOverview: Bool = true,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, verifiedPrompts: Int = 0, baseAdapters: [URL] = [],
    memory: Int = 1 << 30, progress: (@Sendable (AnalysisProgress) -> Void)? = nil
  ) {
    self.mask = mask
    self.siteMasks = siteMasks
    self.separator = separator
    self.lossRegion = lossRegion
    self.sweeps = sweeps
    self.hasOverview = hasOverview
    self.threads = threads
    self.verifiedPrompts = verifiedPrompts
    self.baseAdapters = baseAdapters
    self.memory = memory
    self.progress = progress
  }

  /// The same as options of an analysis: for what both tell of prompts and masks.
  var analysis: AnalysisOptions {
    var options = AnalysisOptions(mask: mask, separator: separator, threads: threads)
    options.siteMasks = siteMasks
    return options
  }
}
