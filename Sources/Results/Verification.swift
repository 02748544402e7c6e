/// The largest disagreement, per statistic, with two plain double-precision runs.
public struct Verification: Sendable, Equatable, Codable {
  /// Number of prompts that were recomputed.
  public var prompts: Int
  /// Above this relative difference a statistic fails.
  public var tolerance: Double
  /// Worst relative difference by statistic, with the place where it stands ("L3H7 after→before").
  public var worst: [Disagreement]
  /// Whether every statistic is within the tolerance and every promised zero is one.
  public var passed: Bool

  /// The worst disagreement of one statistic.
  public struct Disagreement: Sendable, Equatable, Codable {
    /// "dKtQ.rms", "centered.KtdQ.share", "stream", "zero".
    public var statistic: String
    /// Relative difference.
    public var difference: Double
    /// Where.
    public var place: String

    /// A disagreement from its parts.
    public init(statistic: String, difference: Double, place: String) {
      self.statistic = statistic
      self.difference = difference
      self.place = place
    }
  }

  /// A verification from its parts.
  public init(prompts: Int, tolerance: Double, worst: [Disagreement], passed: Bool) {
    self.prompts = prompts
    self.tolerance = tolerance
    self.worst = worst
    self.passed = passed
  }
}
