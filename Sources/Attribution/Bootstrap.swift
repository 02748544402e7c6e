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

  /// The middle 95 % of ΣTΔ / ΣΔ² over the resamples; nil when no prompt has a change that is a finite number.
  /// - Parameter prompts: ΣTΔ and ΣΔ² by prompt.
  public func shareInterval(_ prompts: [(shared: Double, square: Double)]) -> ClosedRange<Double>? {
    ratioInterval(prompts.map { ($0.shared, $0.square) })
  }

  /// The middle 95 % of Σ part / Σ whole over the resamples in which the whole is positive; nil where none is.
  /// - Parameter prompts: Part and whole by prompt.
  public func ratioInterval(_ prompts: [(part: Double, whole: Double)]) -> ClosedRange<Double>? {
    middle(
      counts.compactMap { draw in
        let (part, whole) = sums(prompts, draw)
        let share = part / whole
        return whole > 0 && share.isFinite ? share : nil
      })
  }

  /// The middle 95 % of the difference of two such ratios, of which each resample draws the same prompts: what the prompts have
  /// in common does not blur it. A ratio without a whole is 0.
  public func differenceInterval(
    _ first: [(part: Double, whole: Double)], _ second: [(part: Double, whole: Double)]
  ) -> ClosedRange<Double>? {
    middle(
      counts.compactMap { draw in
        let ratios = [sums(first, draw), sums(second, draw)].map { $0.whole > 0 ? $0.part / $0.whole : 0 }
        let difference = ratios[0] - ratios[1]
        return difference.isFinite ? difference : nil
      })
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
