import StrictJSON

/// An intervention and what it did: the adapted model was run with parts of its change left out, or under another mask.
public struct Knockout: Sendable, Equatable {
  /// Its name.
  public var name: String
  /// By projection ("q" … "down"; "other" for norms, tables and head), where its change acts: "auto", "none", "after" or "off".
  /// Empty for the adapter's own mask.
  public var mask: [String: String]
  /// What is left out: "dKtQ", "dPV", "dK.own", …
  public var dropped: [String]
  /// Region of the queries, nil for any.
  public var query: String?
  /// Region of the keys, nil for any.
  public var key: String?
  /// The layers, nil for all.
  public var layers: [Int]?
  /// The query heads, nil for all.
  public var heads: [Head]?
  /// What was swept over, where this is one of a family: "layers", "heads", "blocks", "terms", "sources" or "writers".
  public var sweep: String?
  /// By prompt, nil where no token is predicted.
  public var prompts: [PredictionOutcome?]
  /// (intervened − adapted) / (base − adapted loss), pooled over prompts as the ratio of sums weighted by tokens; nil where the
  /// adapter does not lower the loss.
  public var benefitLost: Double?
  /// Its 95 % interval over prompts.
  public var benefitLostInterval: ClosedRange<Double>?

  /// A query head of a layer.
  public struct Head: Sendable, Hashable, Comparable {
    /// The layer.
    public var layer: Int
    /// The query head.
    public var head: Int

    /// A head.
    public init(layer: Int, head: Int) {
      self.layer = layer
      self.head = head
    }

    /// By layer, then head.
    public static func < (left: Head, right: Head) -> Bool { (left.layer, left.head) < (right.layer, right.head) }
  }

  /// A knock-out from its parts.
  public init(
    name: String, mask: [String: String] = [:], dropped: [String], query: String? = nil, key: String? = nil,
    layers: [Int]? = nil, heads: [Head]? = nil, sweep: String? = nil, prompts: [PredictionOutcome?],
    benefitLost: Double?, benefitLostInterval: ClosedRange<Double>?
  ) {
    self.name = name
    self.mask = mask
    self.dropped = dropped
    self.query = query
    self.key = key
    self.layers = layers
    self.heads = heads
    self.sweep = sweep
    self.prompts = prompts
    self.benefitLost = benefitLost
    self.benefitLostInterval = benefitLostInterval
  }

  /// Of a family's member, the name of the intervention that is swept and the member's own; nil where it is none.
  public var family: (whole: String, member: String)? {
    let member: String? =
      switch sweep {
      case "layers": layers?.first.map { "L\($0)" }
      case "heads": heads?.first.map { "L\($0.layer)H\($0.head)" }
      case "blocks": "\(query ?? "")→\(key ?? "")"
      case "terms", "sources", "writers": dropped.first
      default: nil
      }
    guard let member, let whole = name.rest(before: ": \(member)") else { return nil }
    return (whole, member)
  }

  /// Means over the prompts, weighted by tokens; nil where no token is predicted.
  public var pooled: PredictionOutcome? { PredictionOutcome(pooling: prompts.compactMap(\.self)) }
}

/// What an intervention did to the predictions of one prompt.
public struct PredictionOutcome: Sendable, Equatable {
  /// Number of predicted tokens.
  public var tokens: Int
  /// Mean loss of the base, in nats.
  public var base: Double
  /// Mean loss of the adapted model.
  public var adapted: Double
  /// Mean loss of the intervened run.
  public var knockout: Double
  /// Mean of KL(adapted ‖ intervened), in nats.
  public var kl: Double
  /// Fraction of predictions whose likeliest token is the adapted model's.
  public var agreement: Double

  /// An outcome from its parts.
  public init(tokens: Int, base: Double, adapted: Double, knockout: Double, kl: Double, agreement: Double) {
    self.tokens = tokens
    self.base = base
    self.adapted = adapted
    self.knockout = knockout
    self.kl = kl
    self.agreement = agreement
  }

  /// Means weighted by tokens; nil where there are none.
  public init?(pooling outcomes: [PredictionOutcome]) {
    let tokens = outcomes.reduce(0) { $0 + $1.tokens }
    guard tokens > 0 else { return nil }
    func mean(_ value: (PredictionOutcome) -> Double) -> Double {
      outcomes.reduce(0) { $0 + Double($1.tokens) * value($1) } / Double(tokens)
    }
    self.init(
      tokens: tokens, base: mean(\.base), adapted: mean(\.adapted), knockout: mean(\.knockout), kl: mean(\.kl),
      agreement: mean(\.agreement))
  }
}
