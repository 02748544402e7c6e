import LinearAlgebra

/// A bootstrap over prompts: how much a pooled share depends on which prompts were drawn.
public struct Bootstrap: Sendable {
  /// How often each prompt occurs, by resample.
  private let counts: [[Double]]

  /// Resamples of so many prompts, the same for every call: ``SplitMix64`` with a fixed seed.
  public init(prompts: Int, resamples: Int = 1000, seed: UInt64 = 20_261_123) {
    var generator = SplitMix64(seed: seed)
    counts = (0..<resamples).map { _ in
      var draw = [Double](repeating: 0, count: prompts)
      for _ in 0..<prompts { draw[generator.next(below: prompts)] += 1 }
      return draw
    }
  }

  /// The middle 95 % of ΣTΔ / ΣΔ² over the resamples; nil where fewer than two prompts have a change that is a finite number.
  /// - Parameter prompts: ΣTΔ and ΣΔ² by prompt.
  public func shareInterval(_ prompts: [(shared: Double, square: Double)]) -> ClosedRange<Double>? {
    ratioInterval(prompts.map { ($0.shared, $0.square) })
  }

  /// The middle 95 % of Σ part / Σ whole over the resamples in which the whole is positive; nil where fewer than two prompts have
  /// one, of which no drawing tells how they vary.
  /// - Parameter prompts: Part and whole by prompt.
  public func ratioInterval(_ prompts: [(part: Double, whole: Double)]) -> ClosedRange<Double>? {
    guard vary(prompts) else { return nil }
    return middle(counts.compactMap { ratio(prompts, $0) })
  }

  /// The middle 95 % of the difference of two such ratios, of which each resample draws the same prompts: what the prompts have
  /// in common does not blur it. A ratio that has no whole in any prompt is 0; nil where one has it in a single prompt.
  public func differenceInterval(
    _ first: [(part: Double, whole: Double)], _ second: [(part: Double, whole: Double)]
  ) -> ClosedRange<Double>? {
    let empty = [first, second].map { prompts in prompts.allSatisfy { $0.whole <= 0 } }
    guard empty[0] || vary(first), empty[1] || vary(second) else { return nil }
    return middle(
      counts.compactMap { draw in
        guard let one = empty[0] ? 0 : ratio(first, draw), let other = empty[1] ? 0 : ratio(second, draw) else {
          return nil
        }
        return one - other
      })
  }

  private func vary(_ prompts: [(part: Double, whole: Double)]) -> Bool { prompts.count { $0.whole > 0 } > 1 }

  /// nil where the whole is not positive, or the ratio no number.
  private func ratio(_ prompts: [(part: Double, whole: Double)], _ draw: [Double]) -> Double? {
    let (part, whole) = sums(prompts, draw)
    let ratio = part / whole
    return whole > 0 && ratio.isFinite ? ratio : nil
  }

  private func sums(_ prompts: [(part: Double, whole: Double)], _ draw: [Double]) -> (part: Double, whole: Double) {
    var (part, whole) = (0.0, 0.0)
    for (weight, sums) in zip(draw, prompts) {
      part += weight * sums.part
      whole += weight * sums.whole
    }
    return (part, whole)
  }

  /// The middle 95 % of some values; nil where there is none.
  private func middle(_ values: [Double]) -> ClosedRange<Double>? {
    let shares = values.sorted()
    guard let first = shares.first, let last = shares.last else { return nil }
    let low = shares[min(Int(0.025 * Double(shares.count)), shares.count - 1)]
    let high = shares[max(0, Int((0.975 * Double(shares.count)).rounded(.up)) - 1)]
    return max(first, low)...min(last, max(low, high))
  }
}
