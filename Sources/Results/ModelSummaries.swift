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

/// How many of an adapter's modules were applied to the base.
public struct ModuleCount: Sendable, Equatable {
  /// Those that text passes through.
  public var applied: Int
  /// Paths of the others, sorted.
  public var leftOut: [String]
  /// All of them.
  public var total: Int { applied + leftOut.count }

  /// A count.
  public init(applied: Int, leftOut: [String]) {
    self.applied = applied
    self.leftOut = leftOut
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
  /// How many of an adapter's modules were applied; nil for a checkpoint, and in results that do not say.
  public var modules: ModuleCount?

  /// Whether it is the base itself.
  public var isBase: Bool { kind == "none" }
  /// Whether it is an adapter, and no second checkpoint.
  public var isAdapter: Bool { kind == "lora" }

  /// A summary from its parts.
  public init(
    name: String, kind: String, rank: Int?, scaling: Double?, targets: [String], fingerprint: String,
    modules: ModuleCount? = nil
  ) {
    self.name = name
    self.kind = kind
    self.rank = rank
    self.scaling = scaling
    self.targets = targets
    self.fingerprint = fingerprint
    self.modules = modules
  }
}
