/// How much attention goes from one region to another, how that changes, and how much of it goes elsewhere.
///
/// The mass m is the mean over the queries of Σ_{j∈key} p_ij; every query of the region counts, also one that cannot
/// change. Its change is split between keys and queries as Shapley values: see docs/method.md.
public struct AttentionMass: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// The query head; nil where heads are pooled.
  public var head: Int?
  /// Region of the queries.
  public var query: String
  /// Region of the keys.
  public var key: String
  /// Number of queries, over heads and layers where pooled.
  public var queries: Int
  /// m in the base, from 0 to 1.
  public var base: Double
  /// m in the adapted model.
  public var adapted: Double
  /// The mean over the queries of ½Σ_{j∈key} |p′_ij − p_ij|, from 0 to 1.
  public var moved: Double
  /// The part of adapted − base that the changed keys make.
  public var byKey: Double
  /// The part of adapted − base that the changed queries make.
  public var byQuery: Double

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, queries: Int, base: Double, adapted: Double, moved: Double,
    byKey: Double, byQuery: Double
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.queries = queries
    self.base = base
    self.adapted = adapted
    self.moved = moved
    self.byKey = byKey
    self.byQuery = byQuery
  }
}
