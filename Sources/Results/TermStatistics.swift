/// A term's statistics in a block.
public struct TermStatistics: Sendable, Equatable {
  /// Its size.
  public var magnitude: Magnitude
  /// ΣTΔ / ΣΔ²; 0 when Δ is 0 everywhere.
  public var share: Double
  /// Fraction of pairs in which this term alone has the largest magnitude.
  public var dominance: Double
  /// Why the term is zero, nil where it is not. Always nil in centred statistics.
  public var zero: ZeroCause?
  /// 95 % interval of the share over prompts; in summary rows only.
  public var shareInterval: ClosedRange<Double>?

  /// Statistics from their parts.
  public init(
    magnitude: Magnitude, share: Double, dominance: Double, zero: ZeroCause? = nil,
    shareInterval: ClosedRange<Double>? = nil
  ) {
    self.magnitude = magnitude
    self.share = share
    self.dominance = dominance
    self.zero = zero
    self.shareInterval = shareInterval
  }
}

/// Why a term is zero in a whole block.
public enum ZeroCause: String, Sendable, Codable {
  /// The mask or the adapter's targets force it; known without looking at values.
  case structural
  /// The values happen to be zero.
  case measured
  /// It is promised to be zero and is not.
  case leak
}
