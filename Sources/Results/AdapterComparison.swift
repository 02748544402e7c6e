/// Several adapters of one base side by side: what comparison.json (schema 1) holds.
///
/// Adapters are told by their place in ``adapters``. A pair of regions "*" and "*" is all tokens together.
public struct AdapterComparison: Sendable, Equatable {
  /// Version of Leibniz that made it.
  public var version: String
  /// The base of the first report, and of all unless ``differences`` says otherwise.
  public var base: BaseSummary
  /// Names of the regions.
  public var regions: [String]
  /// The adapters, in the order of their reports.
  public var adapters: [Adapter]
  /// What the reports do not have in common though they should, a sentence each; empty unless that was forced.
  public var differences: [String]
  /// What the numbers leave out, a sentence each.
  public var notes: [String]
  /// What layers, heads and profiles are compared by.
  public var measure: Measure
  /// A row for each adapter and pair of regions, over all heads and layers.
  public var blocks: [BlockRow]
  /// How two adapters differ, for each two and each pair of regions.
  public var pairs: [PairRow]
  /// A row for each layer and pair of regions.
  public var layers: [SpreadRow]
  /// A row for each layer, head and pair of regions.
  public var heads: [SpreadRow]
  /// How alike two adapters are over the heads.
  public var profiles: [ProfileRow]
  /// A row for each intervention that more than one ablation has.
  public var knockouts: [KnockoutRow]

  /// What layers and heads are compared by.
  public enum Measure: String, Sendable, Codable {
    /// The attention that goes elsewhere, from 0 to 1.
    case moved
    /// The rms of ΔS, where an analysis has no part `mass`.
    case rms
  }

  /// An adapter of the comparison.
  public struct Adapter: Sendable, Equatable {
    /// Its name, unlike all others.
    public var name: String
    /// What it is.
    public var adapted: AdaptedSummary
    /// The mask it was run with.
    public var mask: String
    /// Number of prompts.
    public var prompts: Int
    /// Its losses, where they were computed.
    public var loss: Loss?

    /// An adapter from its parts.
    public init(name: String, adapted: AdaptedSummary, mask: String, prompts: Int, loss: Loss?) {
      self.name = name
      self.adapted = adapted
      self.mask = mask
      self.prompts = prompts
      self.loss = loss
    }
  }

  /// Mean losses over prompts, in nats.
  public struct Loss: Sendable, Equatable, Encodable {
    /// Of the base.
    public var base: Double
    /// Of the adapted model.
    public var adapted: Estimate
    /// Number of prompts with a loss.
    public var prompts: Int
    /// In how many of them the adapted model's is lower.
    public var lower: Int

    /// Losses from their parts.
    public init(base: Double, adapted: Estimate, prompts: Int, lower: Int) {
      self.base = base
      self.adapted = adapted
      self.prompts = prompts
      self.lower = lower
    }
  }

  /// A number with its 95 % bootstrap interval over prompts, nil where there is none.
  public struct Estimate: Sendable, Equatable, Encodable {
    /// The number.
    public var value: Double
    /// The interval.
    public var interval: ClosedRange<Double>?

    /// An estimate.
    public init(_ value: Double, _ interval: ClosedRange<Double>? = nil) {
      self.value = value
      self.interval = interval
    }
  }

  /// What one adapter changes in a pair of regions.
  public struct BlockRow: Sendable, Equatable {
    /// The adapter.
    public var adapter: Int
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// The mean over the queries of ½Σ_{j∈key} |p′_ij − p_ij|; nil without the part `mass`.
    public var moved: Estimate?
    /// The rms of ΔS.
    public var rms: Double
    /// The terms' shares, by ``Term``'s raw value.
    public var shares: [Estimate]
    /// The same of centred terms.
    public var centered: [Estimate]

    /// A row from its parts.
    public init(
      adapter: Int, query: String, key: String, moved: Estimate?, rms: Double, shares: [Estimate],
      centered: [Estimate]
    ) {
      self.adapter = adapter
      self.query = query
      self.key = key
      self.moved = moved
      self.rms = rms
      self.shares = shares
      self.centered = centered
    }
  }

  /// One adapter less another; intervals are paired by prompt.
  public struct PairRow: Sendable, Equatable {
    /// The one.
    public var first: Int
    /// The other.
    public var second: Int
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// Attention moved.
    public var moved: Estimate?
    /// The terms' shares.
    public var shares: [Estimate]
    /// The adapted models' losses; in the row of all tokens alone.
    public var loss: Estimate?

    /// A row from its parts.
    public init(
      first: Int, second: Int, query: String, key: String, moved: Estimate?, shares: [Estimate], loss: Estimate?
    ) {
      self.first = first
      self.second = second
      self.query = query
      self.key = key
      self.moved = moved
      self.shares = shares
      self.loss = loss
    }
  }

  /// How far adapters lie apart in a layer, or in a head.
  public struct SpreadRow: Sendable, Equatable {
    /// The layer.
    public var layer: Int
    /// The query head; nil for all of the layer.
    public var head: Int?
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// The measure by adapter, nil where a report lacks it.
    public var values: [Double?]
    /// The largest less the smallest, with its interval paired by prompt.
    public var spread: Estimate

    /// A row from its parts.
    public init(layer: Int, head: Int?, query: String, key: String, values: [Double?], spread: Estimate) {
      self.layer = layer
      self.head = head
      self.query = query
      self.key = key
      self.values = values
      self.spread = spread
    }
  }

  /// The correlation of two adapters over the heads that both have.
  public struct ProfileRow: Sendable, Equatable {
    /// The one.
    public var first: Int
    /// The other.
    public var second: Int
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// "moved", "rms", or a term, of which the part ΣTΔ of the change's energy is compared.
    public var profile: String
    /// Number of heads.
    public var heads: Int
    /// Pearson's coefficient; nil where one of the two does not vary.
    public var pearson: Double?
    /// Spearman's, of ranks.
    public var rank: Double?

    /// A row from its parts.
    public init(
      first: Int, second: Int, query: String, key: String, profile: String, heads: Int, pearson: Double?, rank: Double?
    ) {
      self.first = first
      self.second = second
      self.query = query
      self.key = key
      self.profile = profile
      self.heads = heads
      self.pearson = pearson
      self.rank = rank
    }
  }

  /// What an intervention costs each adapter.
  public struct KnockoutRow: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// What was swept over, where it is one of a family.
    public var sweep: String?
    /// By adapter, the part of its benefit that is lost; nil where it was not run or there is no benefit.
    public var benefitLost: [Estimate?]
    /// By adapter, the mean of KL(adapted ‖ intervened); nil where it was not run.
    public var kl: [Double?]

    /// A row from its parts.
    public init(name: String, sweep: String?, benefitLost: [Estimate?], kl: [Double?]) {
      self.name = name
      self.sweep = sweep
      self.benefitLost = benefitLost
      self.kl = kl
    }
  }

  /// A comparison from its parts.
  public init(
    version: String, base: BaseSummary, regions: [String], adapters: [Adapter], differences: [String], notes: [String],
    measure: Measure,
    blocks: [BlockRow], pairs: [PairRow], layers: [SpreadRow], heads: [SpreadRow], profiles: [ProfileRow],
    knockouts: [KnockoutRow]
  ) {
    self.version = version
    self.base = base
    self.regions = regions
    self.adapters = adapters
    self.differences = differences
    self.notes = notes
    self.measure = measure
    self.blocks = blocks
    self.pairs = pairs
    self.layers = layers
    self.heads = heads
    self.profiles = profiles
    self.knockouts = knockouts
  }
}
