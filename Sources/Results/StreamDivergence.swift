/// How far the residual stream x that enters a layer moved, over the tokens of a region.
public struct StreamDivergence: Sendable, Equatable {
  /// The layer the stream enters.
  public var layer: Int
  /// The region.
  public var region: String
  /// √(Σ‖dx‖² / Σ‖x‖²).
  public var relative: Double
  /// The median over the tokens of ‖dx‖ / ‖x‖: one token of huge norm, often the first, cannot hide the others. Nil in files
  /// from before it was computed.
  public var median: Double?
  /// The mean over the tokens of the cosine between x and x + dx, 1 where no direction changed; nil in older files, or where
  /// no token has a direction.
  public var cosine: Double?

  /// A divergence from its parts.
  public init(layer: Int, region: String, relative: Double, median: Double? = nil, cosine: Double? = nil) {
    self.layer = layer
    self.region = region
    self.relative = relative
    self.median = median
    self.cosine = cosine
  }
}
