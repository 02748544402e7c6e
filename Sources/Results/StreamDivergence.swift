/// How far the residual stream x that enters a layer moved, over the tokens of a region.
public struct StreamDivergence: RegionRow {
  /// Where it stands.
  public var place: Place
  /// Nothing is counted.
  public var count = 0
  /// √(Σ‖dx‖² / Σ‖x‖²).
  public var relative = 0.0
  /// The median over the tokens of ‖dx‖ / ‖x‖: one token of huge norm, often the first, cannot hide the others. Nil in files
  /// from before it was computed.
  public var median: Double?
  /// The mean over the tokens of the cosine between x and x + dx, 1 where no direction changed; nil in older files, or where
  /// no token has a direction.
  public var cosine: Double?

  /// A row in which nothing moved.
  public init(at place: Place, count: Int) { self.place = place }

  /// A divergence from its parts.
  public init(layer: Int, region: String, relative: Double, median: Double? = nil, cosine: Double? = nil) {
    place = Place(layer: layer, .region(region))
    (self.relative, self.median, self.cosine) = (relative, median, cosine)
  }

  /// What the rows are of.
  public static let form = MeasureForm(
    "stream", .regions, counts: nil, "Divergence of the residual stream that enters a layer, by region.")

  /// The numbers of a row.
  public static func fields(at place: Place) -> [Field<StreamDivergence>] { all }

  private static let all: [Field<StreamDivergence>] = [
    Field("relative", \.relative, .size, "√(Σ‖dx‖² / Σ‖x‖²).", label: ""),
    Field(optional: "median", \.median, .size, "Median over the tokens of ‖dx‖ / ‖x‖."),
    Field(optional: "cosine", \.cosine, .cosine, "Mean over the tokens of the cosine between x and x + dx.") { _ in
      Precision(floor: 1)
    },
  ]
}
