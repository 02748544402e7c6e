/// What the terms with dK and with dQ are made of in a block: a row of `sources` in analysis.json.
public struct TermSources: PairRow {
  /// Where it stands.
  public var place: Place
  /// Number of allowed (query, key) pairs, over heads and layers where pooled.
  public var count: Int
  /// dKᵀQ by the sources of dk.
  public var dKtQ = SourceShares()
  /// KᵀdQ by the sources of dq.
  public var KtdQ = SourceShares()

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, pairs: Int, dKtQ: SourceShares, KtdQ: SourceShares
  ) {
    self.init(at: Place(layer: layer, head: head, .pair(query: query, key: key)), count: pairs)
    (self.dKtQ, self.KtdQ) = (dKtQ, KtdQ)
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "sources", .pairs, counts: .pairs,
    "What dKtQ and KtdQ are made of, by layer and head, then pooled; a share is within its term.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<TermSources>] { all }

  private static let all = fields(of: .dKtQ, \.dKtQ) + fields(of: .KtdQ, \.KtdQ)

  private static func fields(
    of term: Term, _ shares: WritableKeyPath<TermSources, SourceShares> & Sendable
  ) -> [Field<TermSources>] {
    let whole: @Sendable (TermSources) -> Double = { $0[keyPath: shares].byName.map(\.size).whole }
    let sources: [(name: String, sentence: String, part: WritableKeyPath<SourceShares, PartSize> & Sendable)] = [
      ("own", "The layer's own weight change, dW·x.", \.own),
      ("inherited", "What earlier layers hand on, W·dx.", \.inherited), ("joint", "Both, dW·dx.", \.joint),
    ]
    return sources.flatMap { source in
      Field.part(
        "terms.\(term.name).\(source.name)", source.sentence, isOptional: false, whole,
        { $0[keyPath: shares][keyPath: source.part] }, { $0[keyPath: shares][keyPath: source.part] = $1 })
    }
      + Field.part(
        "terms.\(term.name).norm", "What dividing by another length adds.", isOptional: true, whole,
        { $0[keyPath: shares].norm }, { $0[keyPath: shares].norm = $1 })
  }
}

/// A term by the sources of the operand that changes in it. Shares are within the term.
public struct SourceShares: Sendable, Equatable {
  /// dW·x: what the layer's own weight change does.
  public var own = PartSize()
  /// W·dx: what earlier layers hand on with the residual stream.
  public var inherited = PartSize()
  /// dW·dx: both at once.
  public var joint = PartSize()
  /// What a norm on queries and keys adds by dividing by another length; nil where the model has none.
  public var norm: PartSize?

  /// Nothing.
  public init() {}

  /// Shares from their parts.
  public init(own: PartSize, inherited: PartSize, joint: PartSize, norm: PartSize?) {
    self.own = own
    self.inherited = inherited
    self.joint = joint
    self.norm = norm
  }

  /// The sources by their names in analysis.json, in a fixed order.
  public var byName: [(name: String, size: PartSize)] {
    [("own", own), ("inherited", inherited), ("joint", joint)] + (norm.map { [("norm", $0)] } ?? [])
  }
}
