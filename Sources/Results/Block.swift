/// A row of `blocks`: one layer and head, and a pair of regions.
public struct Block: Sendable, Equatable {
  /// The layer.
  public var layer: Int
  /// The query head.
  public var head: Int
  /// Region of the query.
  public var query: String
  /// Region of the key.
  public var key: String
  /// Number of allowed (query, key) pairs.
  public var pairs: Int
  /// Statistics of the terms.
  public var raw: Decomposition
  /// Statistics of T_ij − Σ_j p_ij T_ij.
  public var centered: Decomposition

  /// A row from its parts.
  public init(
    layer: Int, head: Int, query: String, key: String, pairs: Int, raw: Decomposition, centered: Decomposition
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.pairs = pairs
    self.raw = raw
    self.centered = centered
  }
}
