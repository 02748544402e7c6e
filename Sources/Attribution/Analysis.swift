/// The result of an analysis: what analysis.json (schema 1) holds.
public struct Analysis: Sendable, Equatable {
  /// Version of Leibniz that made it.
  public var version: String
  /// The mask as asked for: "auto", "none" or "after".
  public var mask: String
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
  /// Rows pooled over heads, and over heads and layers.
  public var summary: [Block]
  /// How far the residual stream moved.
  public var stream: [StreamDivergence]
  /// Mean losses after the separator, where asked for.
  public var loss: Losses?
  /// How far the terms' sum is from the measured change.
  public var closure: Closure
  /// The double-precision check, where asked for.
  public var verification: Verification?
  /// What a reader has to know before believing the numbers, a sentence each.
  public var warnings: [String]

  /// An analysis from its parts.
  public init(
    version: String, mask: String, threads: Int, base: BaseSummary, adapted: AdaptedSummary, regions: [String],
    promptsFingerprint: String, prompts: [PromptSummary], blocks: [Block], summary: [Block],
    stream: [StreamDivergence], loss: Losses?, closure: Closure, verification: Verification?, warnings: [String]
  ) {
    self.version = version
    self.mask = mask
    self.threads = threads
    self.base = base
    self.adapted = adapted
    self.regions = regions
    self.promptsFingerprint = promptsFingerprint
    self.prompts = prompts
    self.blocks = blocks
    self.summary = summary
    self.stream = stream
    self.loss = loss
    self.closure = closure
    self.verification = verification
    self.warnings = warnings
  }

  /// Whether a term that the mask promises to be zero is not: an error of the pass, not a finding.
  public var hasLeak: Bool {
    blocks.contains { block in Term.allCases.contains { block.raw[$0].zero == .leak } }
  }
}

/// The base model of an analysis.
public struct BaseSummary: Sendable, Equatable, Codable {
  /// Last part of the folder's path.
  public var name: String
  /// `model_type`.
  public var family: String
  /// Number of layers.
  public var layers: Int
  /// Number of query heads.
  public var heads: Int
  /// Number of key-value heads.
  public var keyValueHeads: Int
  /// Width of a head.
  public var headDimension: Int
  /// Type of the weights in the file.
  public var dtype: String
  /// SHA-256 of configuration, headers and each tensor's first 4 KiB.
  public var fingerprint: String

  /// A summary from its parts.
  public init(
    name: String, family: String, layers: Int, heads: Int, keyValueHeads: Int, headDimension: Int, dtype: String,
    fingerprint: String
  ) {
    self.name = name
    self.family = family
    self.layers = layers
    self.heads = heads
    self.keyValueHeads = keyValueHeads
    self.headDimension = headDimension
    self.dtype = dtype
    self.fingerprint = fingerprint
  }
}

/// The adapted model of an analysis.
public struct AdaptedSummary: Sendable, Equatable {
  /// Last part of the folder's path.
  public var name: String
  /// "lora", "checkpoint" or "none".
  public var kind: String
  /// Rank of an adapter.
  public var rank: Int?
  /// Scaling of an adapter.
  public var scaling: Double?
  /// Kinds of module that change.
  public var targets: [String]
  /// SHA-256 as for the base.
  public var fingerprint: String

  /// A summary from its parts.
  public init(name: String, kind: String, rank: Int?, scaling: Double?, targets: [String], fingerprint: String) {
    self.name = name
    self.kind = kind
    self.rank = rank
    self.scaling = scaling
    self.targets = targets
    self.fingerprint = fingerprint
  }
}

/// A prompt of an analysis.
public struct PromptSummary: Sendable, Equatable {
  /// Its id.
  public var id: String
  /// Its length in tokens.
  public var tokens: Int
  /// Index of the separator, where there is one.
  public var separator: Int?
  /// First token at which the adapter acts; nil if at none.
  public var activeFrom: Int?

  /// A summary from its parts.
  public init(id: String, tokens: Int, separator: Int?, activeFrom: Int?) {
    self.id = id
    self.tokens = tokens
    self.separator = separator
    self.activeFrom = activeFrom
  }
}

/// √(Σ‖dx‖² / Σ‖x‖²) of the residual stream entering a layer, over the tokens of a region.
public struct StreamDivergence: Sendable, Equatable, Codable {
  /// The layer the stream enters.
  public var layer: Int
  /// The region.
  public var region: String
  /// The ratio.
  public var relative: Double

  /// A divergence from its parts.
  public init(layer: Int, region: String, relative: Double) {
    self.layer = layer
    self.region = region
    self.relative = relative
  }
}

/// Mean next-token losses in nats on the tokens after the separator (its own prediction excluded), prompt by prompt;
/// nil where no token follows it.
public struct Losses: Sendable, Equatable {
  /// Of the base model.
  public var base: [Double?]
  /// Of the adapted model.
  public var adapted: [Double?]

  /// Losses from their parts.
  public init(base: [Double?], adapted: [Double?]) {
    self.base = base
    self.adapted = adapted
  }
}

/// The largest |ΔS − Σ terms| / rms ΔS, with ΔS formed in double from the float32 operands on sampled rows.
public struct Closure: Sendable, Equatable, Codable {
  /// The error.
  public var maximum: Double
  /// Number of sampled rows (a query with all its keys), over all layers and heads.
  public var rows: Int

  /// A closure error.
  public init(maximum: Double, rows: Int) {
    self.maximum = maximum
    self.rows = rows
  }
}

/// The largest disagreement, per statistic, with two plain double-precision runs.
public struct Verification: Sendable, Equatable, Codable {
  /// Number of prompts that were recomputed.
  public var prompts: Int
  /// Above this relative difference a statistic fails.
  public var tolerance: Double
  /// Worst relative difference by statistic, with the place where it stands ("L3H7 after→before").
  public var worst: [Disagreement]
  /// Whether every statistic is within the tolerance and every promised zero is one.
  public var passed: Bool

  /// The worst disagreement of one statistic.
  public struct Disagreement: Sendable, Equatable, Codable {
    /// "dKtQ.rms", "centered.KtdQ.share", "stream", "zero".
    public var statistic: String
    /// Relative difference.
    public var difference: Double
    /// Where.
    public var place: String

    /// A disagreement from its parts.
    public init(statistic: String, difference: Double, place: String) {
      self.statistic = statistic
      self.difference = difference
      self.place = place
    }
  }

  /// A verification from its parts.
  public init(prompts: Int, tolerance: Double, worst: [Disagreement], passed: Bool) {
    self.prompts = prompts
    self.tolerance = tolerance
    self.worst = worst
    self.passed = passed
  }
}
