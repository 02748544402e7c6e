/// Size of a quantity over the pairs of a block.
public struct Magnitude: Sendable, Equatable, Codable {
  /// (1/n) Σ T.
  public var mean: Double
  /// (1/n) Σ |T|.
  public var meanAbs: Double
  /// √((1/n) Σ T²).
  public var rms: Double
  /// max |T|.
  public var maxAbs: Double

  /// A magnitude from its parts.
  public init(mean: Double, meanAbs: Double, rms: Double, maxAbs: Double) {
    self.mean = mean
    self.meanAbs = meanAbs
    self.rms = rms
    self.maxAbs = maxAbs
  }
}
