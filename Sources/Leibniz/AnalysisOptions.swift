import Foundation
import PairedForward
import Results

/// How to analyse.
public struct AnalysisOptions: Sendable {
  /// Where the adapter acts, but for the projections in ``siteMasks``.
  public var mask: MaskRule
  /// Projections with a mask of their own.
  public var siteMasks: [Site: SiteMask] = [:]
  /// Whether two views are analysed: ``MaskPlan/twoViews`` in place of the other masks, with what
  /// ``Intervention/twoViews`` leaves out.
  public var showsTwoViews = false
  /// Where a prompt's regions come from when its line does not say.
  public var separator: Separator
  /// Whether a separator may be asked for that is in no prompt.
  public var allowsMissingSeparator = false
  /// Tasks that run at a time; defaults to the machine's cores.
  public var threads: Int
  /// Whether losses are computed too.
  public var computesLoss: Bool
  /// What is looked at besides the terms of the scores.
  public var parts: Set<AnalysisPart>
  /// Where the operands of a product are taken when its change is split.
  public var reference = ReferencePoint.base
  /// Whether the part ``AnalysisPart/writers`` tells the heads of attentions apart.
  public var writersByHead = false
  /// How many of the first prompts are recomputed in double precision.
  public var verifiedPrompts: Int
  /// With how many random changes of its targets, rank, norm and spectrum each adapter is compared. A probe of your own sees
  /// them as further runs behind all adapters'.
  public var nulls = 0
  /// What random changes are scaled by, so that they have it in common with the adapter; nil for as they are drawn, as large as the
  /// adapter's weights.
  public var nullMatch: NullMatch?
  /// How many pairs of tokens are kept of every block, those that add most to attention divergence: of each head, and of each layer's heads
  /// together.
  public var pairs = 0
  /// Whether each prompt's sums are kept of every layer too, and written as prompts.csv.
  public var keepsPrompts = false
  /// About how many tokens go through a layer together; a longer prompt is a batch of its own. Sums over several batches differ
  /// from those over one by rounding.
  public var batchTokens = Self.usualBatchTokens
  /// How many bytes of memory the run may take, the mapped files of the models left out; nil for what is free when it begins. A run
  /// that cannot fit is refused before anything is computed.
  public var maxMemory: Int?
  /// Where finished batches are kept, so that an interrupted run can go on; nil for nowhere. A run with a probe of your own keeps
  /// none.
  public var keeping: BatchKeeping?
  /// Adapters merged into the base first.
  public var baseAdapters: [URL]
  /// The command that gives the same analysis, for the report.
  var command: String?
  /// What ``command`` is, of `ablate`.
  var ablateCommand: String?
  /// Called now and then from the analysing thread.
  public var progress: (@Sendable (AnalysisProgress) -> Void)?

  /// The parts that are looked at unless others are asked for.
  public static let usualParts: Set<AnalysisPart> = [.attention, .mass]

  /// Options; the defaults follow the adapter and the prompt file.
  public init(
    mask: MaskRule = .auto, separator: Separator = .fromFile,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, computesLoss: Bool = false,
    parts: Set<AnalysisPart> = Self.usualParts, verifiedPrompts: Int = 0, baseAdapters: [URL] = [],
    progress: (@Sendable (AnalysisProgress) -> Void)? = nil
  ) {
    self.mask = mask
    self.separator = separator
    self.threads = threads
    self.computesLoss = computesLoss
    self.parts = parts
    self.verifiedPrompts = verifiedPrompts
    self.baseAdapters = baseAdapters
    self.progress = progress
  }

  /// About how many tokens go through a layer together unless something else is asked for.
  public static let usualBatchTokens = PairedForward.usualBatchTokens
  /// How many may be asked for.
  public static let allowedBatchTokens = 1...1 << 30
  /// How many random changes an adapter may be compared with.
  public static let allowedNulls = 0...1000
  /// How many pairs of tokens may be kept of every block.
  public static let allowedPairs = 0...100

  /// How many tasks may run at a time: more than any machine has.
  public static let allowedThreads = 1...4096

  /// Refuses numbers that ask for nothing that can be done.
  func check() throws(AnalysisError) {
    for (name, count, allowed) in [
      ("nulls", nulls, Self.allowedNulls), ("pairs", pairs, Self.allowedPairs),
      ("batchTokens", batchTokens, Self.allowedBatchTokens), ("threads", threads, Self.allowedThreads),
    ] where !allowed.contains(count) {
      throw .wrongCount(option: name, count: count, allowed: allowed)
    }
  }

  /// The masks as one plan.
  var maskPlan: MaskPlan { showsTwoViews ? .twoViews : MaskPlan(mask, sites: siteMasks) }
}

/// Where the separator of a prompt is found when its line names neither separator nor regions.
public enum Separator: Sendable, Equatable {
  /// Each line must say; but the invocation sequence of an Activated LoRA counts as the separator.
  case fromFile
  /// The last occurrence of these tokens.
  case tokens([Int])
  /// The last occurrence of a text's tokens.
  case text(String)
  /// There is one region, `all`.
  case none
}

/// How far an analysis is.
public struct AnalysisProgress: Sendable, Equatable {
  /// What it is doing.
  public enum Stage: String, Sendable {
    /// Opening the folders and the prompts.
    case loading = "reading"
    /// Passes that find how random changes are to be scaled.
    case matching = "scaling random changes"
    /// The paired pass.
    case analyzing = "analyzing"
    /// The pass of interventions.
    case intervening = "intervening"
    /// The double-precision check.
    case verifying = "verifying"
  }
  /// What it is doing.
  public var stage: Stage
  /// Part done, from 0 to 1.
  public var fraction: Double
}
