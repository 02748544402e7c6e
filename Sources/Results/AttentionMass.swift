/// How much attention goes from one region to another, how that changes, and how much of it goes elsewhere.
///
/// The mass m is the mean over the queries of Σ_{j∈key} p_ij; every query of the region counts, also one that cannot
/// change. Its change is split between keys and queries as Shapley values: see docs/method.md.
public struct AttentionMass: SinkRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries, over heads and layers where pooled.
  public var count: Int
  /// m in the base, from 0 to 1.
  public var base = 0.0
  /// m in the adapted model.
  public var adapted = 0.0
  /// The mean over the queries of ½Σ_{j∈key} |p′_ij − p_ij|, from 0 to 1.
  public var moved = 0.0
  /// The part of adapted − base that the changed keys make.
  public var byKey = 0.0
  /// The part of adapted − base that the changed queries make.
  public var byQuery = 0.0
  /// The part of adapted − base that a sink's trained logit makes; nil where none was trained.
  public var bySink: Double?

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// A row from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, queries: Int, base: Double, adapted: Double, moved: Double,
    byKey: Double, byQuery: Double
  ) {
    self.init(at: Place(layer: layer, head: head, .pair(query: query, key: key)), count: queries)
    (self.base, self.adapted, self.moved, self.byKey, self.byQuery) = (base, adapted, moved, byKey, byQuery)
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "mass", .pairs, counts: .queries, hasSinks: true,
    "Attention mass by layer and head, then pooled; a null key is the attention sink.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<AttentionMass>] { all }

  private static let all: [Field<AttentionMass>] = [
    Field("base", \.base, .number, "Part of their attention that goes to the keys' region in the base, 0 to 1.") { _ in
      Precision(floor: 1e-3)
    },
    Field("adapted", \.adapted, .number, "The same in the adapted model.") { _ in Precision(floor: 1e-3) },
    Field(
      "moved", \.moved, .size,
      "Mean over the queries of ½Σ|p′ − p| over the region's keys: the attention that went elsewhere.",
      null: "moved"
    ) { _ in Precision(whole: 1) },
    Field(
      "byKey", \.byKey, .number, "Part of adapted − base that changed keys make, by Shapley values.", precision: split),
    Field(
      "byQuery", \.byQuery, .number, "Part that changed queries make; the two sum to the change.", precision: split),
    Field(
      optional: "bySink", \.bySink, .number, isSeldom: true,
      "Part that a sink's trained logit makes, where one was trained; the three sum to the change.", precision: split),
  ]

  /// The split is what is left of weights that move either way, down to nothing where every key is in the region, so that
  /// rounding is a part of what moved.
  @Sendable private static func split(_ row: AttentionMass) -> Precision {
    Precision(floor: row.moved, whole: 1, keepsZero: row.moved == 0)
  }
}
