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
  /// Who wrote what is inherited, a row for each writer and pair of regions; empty unless two analyses say.
  public var writers: [WriterRow] = []
  /// Who wrote what the predictions gain, a row for each writer; likewise.
  public var gains: [GainRow] = []
  /// Training runs of one kind that were put together.
  public var groups: [Group] = []
  /// Means over the runs of a group, and differences of such means.
  public var groupRows: [GroupRow] = []

  /// What layers and heads are compared by.
  public enum Measure: String, Sendable, Codable {
    /// What attention felt, in nats a query and head.
    case divergence
    /// The attention that goes elsewhere, from 0 to 1, where an analysis has no part `attention`.
    case moved
    /// The rms of ΔS, where one has no part `mass` either.
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
  public struct Loss: Sendable, Equatable {
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

  /// A number with its 95 % interval over prompts, nil where there is none.
  public struct Estimate: Sendable, Equatable {
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
