/// The result of an analysis: what analysis.json (schema 1) holds.
public struct Analysis: Sendable, Equatable {
  /// Version of Leibniz that made it.
  public var version: String
  /// The mask as asked for: "auto", "none" or "after", and "; k,v:none" or "two views" where k and v have one of their own.
  public var mask: String
  /// Where the operands were taken when changes were split into terms.
  public var reference: ReferencePoint
  /// The command that gives the same analysis, paths left out; nil where it is not known.
  public var command: String?
  /// The command that leaves the change of the scores out of the same models on the same prompts; nil where it is not known.
  public var ablateCommand: String?
  /// Threads the analysis ran on.
  public var threads: Int
  /// The base model.
  public var base: BaseSummary
  /// What was compared with it.
  public var adapted: AdaptedSummary
  /// Names of the regions, in the order of their first appearance.
  public var regions: [String]
  /// SHA-256 of the prompts.
  public var promptsFingerprint: String
  /// The prompts.
  public var prompts: [PromptSummary]
  /// One row for every layer, head and pair of regions that has pairs.
  public var blocks: [Block]
  /// How many pairs of regions have no rows since nothing changes there at all, of more than eight regions; nil of fewer, which all
  /// have theirs.
  public var unchangedPairs: Int?
  /// Rows pooled over heads, and over heads and layers.
  public var summary: [PooledBlock]
  /// Mean losses after the separator, where asked for.
  public var loss: Losses?
  /// The kernels of OpenBLAS that products were computed on ("Haswell"); nil in files from before it was told.
  public var kernel: String?
  /// How many tokens the models predict, where losses were asked for and these are not as many.
  public var vocabulary: PredictedVocabulary?
  /// What the random changes are that ``null`` compares with; nil without them, and in files from before it was told.
  public var nulls: NullSetting?
  /// How far the terms' sum is from the measured change.
  public var closure: Closure
  /// The double-precision check, where asked for.
  public var verification: Verification?
  /// The rows of the measures that were asked for.
  var measured = MeasuredRows()
  /// Who wrote what the predictions gain, where losses and the part `writers` were asked for.
  public var writtenPredictions: WrittenPredictions?
  /// The pooled statistics beside those of random changes as large, where asked for.
  public var null: [NullComparison]?
  /// The pairs of tokens that add most to attention divergence, where asked for: rows of every layer and head, then pooled over heads.
  public var pairs: [TokenPairs]?
  /// The tokens round those pairs, prompt by prompt; there where ``pairs`` are.
  public var excerpts: [Excerpt]?
  /// What each prompt contributes to the pooled rows; nil in files from before it was written.
  public var byPrompt: [PromptContribution]?
  /// What a reader has to know before believing the numbers, a sentence each.
  public var warnings: [String]

  /// An analysis from its parts.
  public init(
    version: String, mask: String, threads: Int, base: BaseSummary, adapted: AdaptedSummary, regions: [String],
    promptsFingerprint: String, prompts: [PromptSummary], blocks: [Block], summary: [PooledBlock],
    stream: [StreamDivergence], loss: Losses?, closure: Closure, verification: Verification?, warnings: [String],
    sources: [TermSources]? = nil, mass: [AttentionMass]? = nil, values: [ValueChange]? = nil,
    products: [ProductChange]? = nil, null: [NullComparison]? = nil, pairs: [TokenPairs]? = nil,
    excerpts: [Excerpt]? = nil, reference: ReferencePoint = .base,
    byPrompt: [PromptContribution]? = nil, command: String? = nil
  ) {
    self.version = version
    self.mask = mask
    self.reference = reference
    self.command = command
    self.threads = threads
    self.base = base
    self.adapted = adapted
    self.regions = regions
    self.promptsFingerprint = promptsFingerprint
    self.prompts = prompts
    self.blocks = blocks
    self.summary = summary
    self.loss = loss
    self.closure = closure
    self.verification = verification
    self.warnings = warnings
    self.null = null
    self.pairs = pairs
    self.excerpts = excerpts
    self.byPrompt = byPrompt
    (self.stream, self.sources, self.mass, self.values, self.products) = (stream, sources, mass, values, products)
  }

  /// How far the residual stream moved.
  public var stream: [StreamDivergence] {
    get { self[rows: StreamDivergence.self] ?? [] }
    set { self[rows: StreamDivergence.self] = newValue }
  }

  /// How much attention changed and what changed it, in nats, where asked for: rows of every layer and head, then pooled ones.
  public var attention: [AttentionDivergence]? {
    get { self[rows: AttentionDivergence.self] }
    set { self[rows: AttentionDivergence.self] = newValue }
  }

  /// What the terms with dK and dQ are made of, where asked for: rows of every layer and head, then pooled ones.
  public var sources: [TermSources]? {
    get { self[rows: TermSources.self] }
    set { self[rows: TermSources.self] = newValue }
  }

  /// How much attention goes where, where asked for: rows of every layer and head, then pooled ones.
  public var mass: [AttentionMass]? {
    get { self[rows: AttentionMass.self] }
    set { self[rows: AttentionMass.self] = newValue }
  }

  /// How what the heads write changes, where asked for; rows likewise.
  public var values: [ValueChange]? {
    get { self[rows: ValueChange.self] }
    set { self[rows: ValueChange.self] = newValue }
  }

  /// How every other product of a layer changes, where asked for.
  public var products: [ProductChange]? {
    get { self[rows: ProductChange.self] }
    set { self[rows: ProductChange.self] = newValue }
  }

  /// Who wrote what the terms with dK and dQ inherit, where asked for: rows of every layer, head and term, then pooled ones.
  public var writers: [WriterNats]? {
    get { self[rows: WriterNats.self] }
    set { self[rows: WriterNats.self] = newValue }
  }

  /// Whether a term that the mask promises to be zero is not: an error of the pass, not a finding.
  public var hasLeak: Bool {
    blocks.contains { block in Term.allCases.contains { block.raw[$0].zero == .leak } }
  }
}
