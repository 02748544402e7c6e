extension AdapterComparison {
  /// Training runs of one kind, as with several seeds.
  public struct Group: Sendable, Equatable {
    /// Its name.
    public var name: String
    /// The adapters, in the order that they were named.
    public var adapters: [Int]

    /// A group.
    public init(name: String, adapters: [Int]) {
      self.name = name
      self.adapters = adapters
    }
  }

  /// The mean of a statistic over the runs of a group, or how such means of two groups differ.
  public struct GroupRow: Sendable, Equatable {
    /// The group.
    public var group: Int
    /// The group whose mean is taken off; nil for a mean by itself.
    public var less: Int?
    /// The layer; nil where layers are pooled.
    public var layer: Int?
    /// The head; nil where heads are pooled.
    public var head: Int?
    /// Region of the queries.
    public var query: String
    /// Region of the keys.
    public var key: String
    /// Which: "moved", "rms", "dKtQ.share", "centered.dKtQ.share", "loss", "benefit", or "benefitLost: " and an intervention's name.
    public var statistic: String
    /// The mean or the difference, with its 95 % interval over runs by Student's t; none of one run.
    public var estimate: Estimate
    /// How many runs it is a mean over, of the smaller group where two differ.
    public var runs: Int
    /// Whether runs of the two groups were paired, the first with the first; else they are independent (Welch).
    public var isPaired: Bool
    /// Of a difference, the two-sided chance of one as large over runs where the groups do not differ.
    public var chance: Double?
    /// Of layers and of heads, the same by Holm over all rows of both.
    public var holm: Double?

    /// A row from its parts.
    public init(
      group: Int, less: Int? = nil, layer: Int? = nil, head: Int? = nil, query: String, key: String, statistic: String,
      estimate: Estimate, runs: Int, isPaired: Bool = false, chance: Double? = nil, holm: Double? = nil
    ) {
      self.group = group
      self.less = less
      self.layer = layer
      self.head = head
      self.query = query
      self.key = key
      self.statistic = statistic
      self.estimate = estimate
      self.runs = runs
      self.isPaired = isPaired
      self.chance = chance
      self.holm = holm
    }

    /// Whether the two groups are called different here.
    public var isDifferent: Bool { (holm ?? chance).map { $0 < 0.05 } ?? false }
  }
}
