/// How what a head of linear attention reads from its state changes on the tokens of a region: a row of `recurrence` in analysis.json.
///
/// With S the state behind a token and q as it reads, normed and scaled, the change of o = Sᵀq is dSᵀq + Sᵀdq + dSᵀdq.
public struct RecurrenceChange: MeasureRow {
  /// Where it stands.
  public var place: Place
  /// Number of queries; those without a change count.
  public var count: Int
  /// √ of the mean squared norm of the change.
  public var delta = 0.0
  /// dSᵀq: what is remembered.
  public var dSQ = PartSize()
  /// Sᵀdq: how it is read.
  public var SdQ = PartSize()
  /// dSᵀdq: both.
  public var dSdQ = PartSize()

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// Number of queries; those without a change count.
  public var queries: Int { count }
  /// The layer.
  public var layer: Int { place.layer ?? 0 }
  /// The value head.
  public var head: Int { place.head ?? 0 }
  /// Region of the queries.
  public var region: String { place.scope.text ?? "" }

  /// What the rows are of.
  public static let form = MeasureForm(
    "recurrence", .states, counts: .queries, hasTable: true,
    "Change of what heads of linear attention read: what is remembered, and how it is read.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<RecurrenceChange>] { all }

  private static let all: [Field<RecurrenceChange>] = {
    let sizes: @Sendable (RecurrenceChange) -> Double = { [$0.dSQ, $0.SdQ, $0.dSdQ].whole }
    return [
      Field("delta.rms", \.delta, .size, "√ of the mean squared norm of the change, over the region's queries.") {
        Precision(whole: sizes($0))
      }
    ] + Field.part("terms.dSQ", \.dSQ, "What is remembered changed.", sizes)
      + Field.part("terms.SdQ", \.SdQ, "How it is read changed.", sizes)
      + Field.part("terms.dSdQ", \.dSdQ, "Both changed.", sizes)
  }()
}
