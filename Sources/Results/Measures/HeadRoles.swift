/// What a head does: where the queries of a region look, in both models, as means over the queries.
///
/// Every query of the region counts, also one that has no token of a kind to look at.
public struct HeadRoles: MeasureRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries, over heads and layers where pooled.
  public var count: Int
  /// By ``Role``'s raw value, the mean attention.
  public var attention = Role.allCases.map { _ in Both() }

  /// A kind of token that a query may look at.
  public enum Role: Int, Sendable, CaseIterable {
    /// The first token, by queries behind it.
    case first
    /// The query's own.
    case itself
    /// The one before.
    case previous
    /// Earlier ones that are equal to it.
    case duplicate
    /// Those that follow an earlier one equal to it, itself left out.
    case induction
  }

  /// A number of both models.
  public struct Both: Sendable, Equatable {
    /// The base's.
    public var base = 0.0
    /// The adapted model's.
    public var adapted = 0.0

    /// Nothing.
    public init() {}
  }

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// The attention that one kind of token gets.
  public subscript(role: Role) -> Both {
    get { attention[role.rawValue] }
    set { attention[role.rawValue] = newValue }
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "roles", .queries, counts: .queries, hasTable: true,
    "What heads look at: mean attention of a region's queries by kind of token.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<HeadRoles>] { all }

  private static let all: [Field<HeadRoles>] = [
    (Role.first, "On the first token, by queries behind it"), (.itself, "On the query's own token"),
    (.previous, "On the token before the query"), (.duplicate, "On earlier tokens that are equal to the query's"),
    (.induction, "On tokens that follow an earlier token equal to the query's, itself left out"),
  ].flatMap { role, sentence in
    [
      Field("\(role).base", \.[role].base, .size, "\(sentence): in the base, 0 to 1.") { _ in Precision(floor: 1e-3) },
      Field("\(role).adapted", \.[role].adapted, .size, "\(sentence): in the adapted model.", starting: .within(0.05)) {
        _ in
        Precision(floor: 1e-3)
      },
    ]
  }
}
