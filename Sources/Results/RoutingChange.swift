/// How a mixture of experts changes on the tokens of a region: a row of `routing` in analysis.json.
///
/// With G the weights of a token over all experts, 0 where one is not chosen, and E what the experts make of it, the change of Σ G·E
/// is dG·E + G·dE + dG·dE over the experts of both models. What stands beside the experts is none of it.
public struct RoutingChange: RegionRow {
  /// Where it stands.
  public var place: Place
  /// Number of tokens; those without a change count.
  public var count: Int
  /// The fraction of tokens whose set of experts differs.
  public var flipped = 0.0
  /// The mean fraction of a token's experts that were exchanged.
  public var replaced = 0.0
  /// √ of the mean squared norm of the change.
  public var delta = 0.0
  /// dG·E: other weights, or other experts.
  public var dGE = PartSize()
  /// G·dE: the same experts make something else of the token.
  public var GdE = PartSize()
  /// dG·dE: both.
  public var dGdE = PartSize()

  /// A row in which every number is 0.
  public init(at place: Place, count: Int) { (self.place, self.count) = (place, count) }

  /// Number of tokens; those without a change count.
  public var tokens: Int { count }

  /// What the rows are of.
  public static let form = MeasureForm(
    "routing", .regions, counts: .tokens, hasTable: true,
    "Change of mixtures of experts: who goes to other experts, and what re-routing and the experts' own change do.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<RoutingChange>] { all }

  private static let all: [Field<RoutingChange>] = {
    let sizes: @Sendable (RoutingChange) -> Double = { [$0.dGE, $0.GdE, $0.dGdE].whole }
    return [
      Field("flipped", \.flipped, .size, "Fraction of tokens whose set of experts differs.") { _ in
        Precision(floor: 1e-3)
      },
      Field("replaced", \.replaced, .size, "Mean fraction of a token's experts that were exchanged.") { _ in
        Precision(floor: 1e-3)
      },
      Field("delta.rms", \.delta, .size, "√ of the mean squared norm of the change, over the region's tokens.") {
        Precision(whole: sizes($0))
      },
    ] + Field.part("terms.dGE", \.dGE, "Other weights or other experts.", sizes)
      + Field.part("terms.GdE", \.GdE, "The same experts make something else of the token.", sizes)
      + Field.part("terms.dGdE", \.dGdE, "Both.", sizes)
  }()
}
