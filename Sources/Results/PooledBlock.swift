/// A row of `summary`: the pairs of several heads or layers together, or of one block.
public struct PooledBlock: Sendable, Equatable {
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
  /// Statistics of the terms.
  public var raw: Decomposition
  /// Statistics of T_ij − Σ_j p_ij T_ij.
  public var centered: Decomposition

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, pairs: Int, raw: Decomposition, centered: Decomposition
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.pairs = pairs
    self.raw = raw
    self.centered = centered
  }

  /// One block as a pool of its own.
  public init(_ block: Block) {
    self.init(
      layer: block.layer, head: block.head, query: block.query, key: block.key, pairs: block.pairs, raw: block.raw,
      centered: block.centered)
  }
}
