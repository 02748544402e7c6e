/// Which parts of an adapter's change their worth is asked of.
public enum WorthKind: String, Sendable, CaseIterable {
  /// The three terms of the scores.
  case terms
  /// Where the changes of keys and queries come from, of both together.
  case sources
  /// The three terms of what tokens hand on.
  case values
  /// What scores do and what changed values do.
  case paths
}

/// What each of some parts of an adapter's change is worth: its Shapley value over all sets of them that are left out
/// (docs/method.md, Worth of a part).
public struct PartWorth: Sendable, Equatable {
  /// Which parts.
  public var kind: WorthKind
  /// Region of the queries, nil for any.
  public var query: String?
  /// Region of the keys, nil for any.
  public var key: String?
  /// The layers, nil for all.
  public var layers: [Int]?
  /// The query heads, nil for all.
  public var heads: [Knockout.Head]?
  /// The parts, at least one.
  public var parts: [Part]
  /// What leaving all of them out costs, which is what the parts are worth together.
  public var whole: Cost
  /// The runs: number s − 1 leaves out the parts whose bits s has.
  public var sets: [Knockout]

  /// One part.
  public struct Part: Sendable, Equatable {
    /// Its name: "dKtQ", "own", "scores".
    public var name: String
    /// What an intervention leaves out with it: "dK.own", "dQ.own".
    public var dropped: [String]
    /// What it is worth.
    public var worth: Cost

    /// A part.
    public init(name: String, dropped: [String], worth: Cost = Cost()) {
      self.name = name
      self.dropped = dropped
      self.worth = worth
    }
  }

  /// By how much the loss rises, in nats a token, and the part of the adapter's benefit that this is.
  public struct Cost: Sendable, Equatable {
    /// Pooled over prompts, weighted by tokens; nil where no token is predicted.
    public var loss: Double?
    /// Its 95 % interval over prompts.
    public var lossInterval: ClosedRange<Double>?
    /// Over the benefit, base − adapted loss; nil where the adapter does not lower the loss.
    public var benefitLost: Double?
    /// Its 95 % interval over prompts.
    public var benefitLostInterval: ClosedRange<Double>?
    /// By prompt, nil where no token is predicted.
    public var prompts: [PromptCost?]

    /// A cost from its parts; by default one that is not known yet.
    public init(
      loss: Double? = nil, lossInterval: ClosedRange<Double>? = nil, benefitLost: Double? = nil,
      benefitLostInterval: ClosedRange<Double>? = nil, prompts: [PromptCost?] = []
    ) {
      self.loss = loss
      self.lossInterval = lossInterval
      self.benefitLost = benefitLost
      self.benefitLostInterval = benefitLostInterval
      self.prompts = prompts
    }
  }

  /// The same of one prompt.
  public struct PromptCost: Sendable, Equatable {
    /// In nats a token.
    public var loss: Double
    /// Over the prompt's benefit; nil where the adapter does not lower its loss.
    public var benefitLost: Double?

    /// A prompt's cost.
    public init(loss: Double, benefitLost: Double?) {
      self.loss = loss
      self.benefitLost = benefitLost
    }
  }

  /// A worth from its parts.
  public init(
    kind: WorthKind, query: String? = nil, key: String? = nil, layers: [Int]? = nil, heads: [Knockout.Head]? = nil,
    parts: [Part], whole: Cost = Cost(), sets: [Knockout]
  ) {
    self.kind = kind
    self.query = query
    self.key = key
    self.layers = layers
    self.heads = heads
    self.parts = parts
    self.whole = whole
    self.sets = sets
  }

  /// The run that leaves out one part alone.
  public func alone(_ part: Int) -> Knockout { sets[1 << part - 1] }

  /// The run that leaves out all of them but one; nil for a single part.
  public func others(_ part: Int) -> Knockout? {
    let rest = (1 << parts.count - 1) & ~(1 << part)
    return rest == 0 ? nil : sets[rest - 1]
  }

  /// The run that leaves out all of them.
  public var all: Knockout { sets[sets.count - 1] }
}
