/// What the terms with dK and with dQ are made of in a block: a row of `sources` in analysis.json.
public struct TermSources: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// The query head; nil where heads are pooled.
  public var head: Int?
  /// Region of the query.
  public var query: String
  /// Region of the key.
  public var key: String
  /// Number of allowed (query, key) pairs, over heads and layers where pooled.
  public var pairs: Int
  /// dKᵀQ by the sources of dk.
  public var dKtQ: SourceShares
  /// KᵀdQ by the sources of dq.
  public var KtdQ: SourceShares

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, pairs: Int, dKtQ: SourceShares, KtdQ: SourceShares
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.pairs = pairs
    self.dKtQ = dKtQ
    self.KtdQ = KtdQ
  }
}

/// A term by the sources of the operand that changes in it. Shares are within the term.
public struct SourceShares: Sendable, Equatable {
  /// dW·x: what the layer's own weight change does.
  public var own: PartSize
  /// W·dx: what earlier layers hand on with the residual stream.
  public var inherited: PartSize
  /// dW·dx: both at once.
  public var joint: PartSize
  /// What a norm on queries and keys adds by dividing by another length; nil where the model has none.
  public var norm: PartSize?

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
