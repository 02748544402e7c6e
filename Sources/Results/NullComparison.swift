/// A statistic of a trained adapter beside the same statistic of random changes of its targets, rank, norm and spectrum.
public struct NullComparison: Sendable, Equatable {
  /// The layer; nil where layers are pooled.
  public var layer: Int?
  /// The head; nil where heads are pooled.
  public var head: Int?
  /// Region of the queries; the region itself for the stream.
  public var query: String
  /// Region of the keys; the region itself for the stream.
  public var key: String
  /// Which statistic, as in `divergence`, `felt.dKtQ.share`, `dKtQ.share`, `rms`, `moved`, `stream`.
  public var statistic: String
  /// The trained adapter's value.
  public var value: Double
  /// Mean of the random changes.
  public var mean: Double
  /// Their standard deviation (N − 1); nil for one of them.
  public var sd: Double?
  /// (value − mean) / sd; nil where sd is nil or 0.
  public var z: Double?
  /// (1 + #{random changes at least as far from the mean of all N + 1 values}) / (N + 1), two-sided: of values that are drawn
  /// alike it is k / (N + 1) or less in k of N + 1 cases.
  public var p: Double

  /// A comparison from its parts.
  public init(
    layer: Int?, head: Int?, query: String, key: String, statistic: String, value: Double, mean: Double, sd: Double?,
    z: Double?, p: Double
  ) {
    self.layer = layer
    self.head = head
    self.query = query
    self.key = key
    self.statistic = statistic
    self.value = value
    self.mean = mean
    self.sd = sd
    self.z = z
    self.p = p
  }

  /// Compares a value with those of random changes, of which there is at least one.
  public init(
    layer: Int?, head: Int? = nil, query: String, key: String, statistic: String, value: Double, nulls: [Double]
  ) {
    precondition(!nulls.isEmpty, "something to compare with")
    let count = Double(nulls.count)
    // Equal values have themselves as their mean, to the bit, and no deviation.
    let areEqual = nulls.allSatisfy { $0 == nulls[0] }
    let mean = areEqual ? nulls[0] : nulls.reduce(0, +) / count
    let squares = areEqual ? 0 : nulls.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let sd = nulls.count < 2 ? nil : (squares / (count - 1)).squareRoot()
    let z = sd.flatMap { $0 > 0 ? (value - mean) / $0 : nil }
    let extreme = Self.countExtreme(nulls, value)
    self.init(
      layer: layer, head: head, query: query, key: key, statistic: statistic, value: value, mean: mean, sd: sd,
      z: z.flatMap { $0.isFinite ? $0 : nil }, p: Double(1 + extreme) / (count + 1))
  }

  /// How many random changes lie at least as far from the mean of all values as the trained one does, but for rounding.
  private static func countExtreme(_ nulls: [Double], _ value: Double) -> Int {
    let all = nulls + [value]
    let (sum, count) = (all.reduce(0, +), Double(all.count))
    // Distances times their number; a few roundings of the sum decide nothing.
    let rounding = 4 * count * (all.map(abs).max() ?? 0).ulp
    return nulls.count { abs(count * $0 - sum) >= abs(count * value - sum) - rounding }
  }
}
