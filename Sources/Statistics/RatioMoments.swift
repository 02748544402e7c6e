/// Sums over prompts from which the interval of a ratio θ = ΣA/ΣB follows, where prompts are too many to keep them apart.
///
/// The standard error is √(n/(n − 1)·Σ(A − θB)²)/ΣB, without the factor 1 − h of each prompt that ``RatioEstimate`` has. From 5 prompts on
/// such an interval covers 92 to 94 %.
package struct RatioMoments: Sendable {
  /// Number of prompts that have a part of the whole.
  package var count = 0.0
  /// ΣA.
  package var part = 0.0
  /// ΣB.
  package var whole = 0.0
  /// ΣA².
  package var partSquare = 0.0
  /// ΣAB.
  package var product = 0.0
  /// ΣB².
  package var wholeSquare = 0.0

  /// Sums over prompts.
  package init(
    count: Double, part: Double, whole: Double, partSquare: Double, product: Double, wholeSquare: Double
  ) {
    (self.count, self.part, self.whole) = (count, part, whole)
    (self.partSquare, self.product, self.wholeSquare) = (partSquare, product, wholeSquare)
  }

  /// The 95 % interval; nil where the prompts do not tell.
  package var interval: ClosedRange<Double>? {
    guard count > 1, whole > 0, wholeSquare < whole * whole else { return nil }
    let value = part / whole
    let square = max(0, partSquare - 2 * value * product + value * value * wholeSquare)
    let degrees = max(1, whole * whole / wholeSquare - 1)
    let half =
      (count / (count - 1) * square).squareRoot() / whole * StudentT.quantile(chance: 0.05, degrees: degrees)
    return half.isFinite && value.isFinite ? value - half...value + half : nil
  }
}
