/// √(Σ‖dx‖² / Σ‖x‖²) of the residual stream entering a layer, over the tokens of a region.
public struct StreamDivergence: Sendable, Equatable, Codable {
  /// The layer the stream enters.
  public var layer: Int
  /// The region.
  public var region: String
  /// The ratio.
  public var relative: Double

  /// A divergence from its parts.
  public init(layer: Int, region: String, relative: Double) {
    self.layer = layer
    self.region = region
    self.relative = relative
  }
}
