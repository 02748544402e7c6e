extension AdapterComparison {
  /// What one adapter changes in a pair of regions.
  public struct BlockRow: Sendable, Equatable {
    /// The adapter.
    public var adapter: Int
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// What attention felt, in nats a query and head; nil without the part `attention`.
    public var divergence: Estimate?
    /// The terms' shares of it, by ``Term``'s raw value; nil likewise.
    public var felt: [Estimate]?
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
      adapter: Int, query: String, key: String, divergence: Estimate? = nil, felt: [Estimate]? = nil,
      moved: Estimate?, rms: Double, shares: [Estimate], centered: [Estimate]
    ) {
      (self.divergence, self.felt) = (divergence, felt)
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
    /// What attention felt.
    public var divergence: Estimate?
    /// The terms' shares of it; nil where one of the two does not say.
    public var felt: [Estimate]?
    /// Attention moved.
    public var moved: Estimate?
    /// The terms' shares of the scores' energy.
    public var shares: [Estimate]
    /// The adapted models' losses; in the row of all tokens alone.
    public var loss: Estimate?

    /// A row from its parts.
    public init(
      first: Int, second: Int, query: String, key: String, divergence: Estimate? = nil, felt: [Estimate]? = nil,
      moved: Estimate?, shares: [Estimate], loss: Estimate?
    ) {
      (self.divergence, self.felt) = (divergence, felt)
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
    /// The two-sided chance of a spread as large over prompts where the two do not differ, times the number of pairs of adapters that
    /// the two were chosen from; nil where prompts do not tell.
    public var chance: Double?
    /// The same by Holm over all rows of its kind: below 0.05 the two differ, by more than the choice of prompts and of rows explains.
    public var holm: Double?

    /// Whether two adapters are called different here.
    public var isDifferent: Bool { holm.map { $0 < 0.05 } ?? false }

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
    /// The measure, or a term, of which the nats are compared, or without the part `attention` ΣTΔ.
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
}
