import LinearAlgebra

/// What divergence and gain of one prediction are taken against in the change of its logits, gathered over slices of the vocabulary.
///
/// With e_v = Δ_v − ℓ, ℓ the change of the log-sum-exp, dp = p·expm1(e). The divergence is Σ_v dp_v·Δ_v; and log p of the token t rises by
/// Δ_t − Σ_v p̄_v·Δ_v exactly, p̄ = p + λ·dp and λ = KL(p‖p′) / (KL(p‖p′) + KL(p′‖p)). Δ is a sum over parts, and so are both.
public struct PredictionPull: Sendable {
  /// Σ_v dp_v·f_v·W_v, f what makes a part of the logit of a part of W·n: against it goes the divergence.
  public var divergence: [Float]
  /// f_t·W_t − Σ_v p_v·f_v·W_v: less λ times ``divergence`` the gain goes against it.
  public var level: [Float]
  /// Σ_v dp_v·f_v·(what the head's own change does to v).
  public var ownDivergence = 0.0
  /// The same with δ_vt − p_v.
  public var ownLevel = 0.0
  /// Σ_v dp_v·e_v, and of it KL(p‖p′).
  private var (whole, forward) = (0.0, 0.0)
  /// Whether a slice had the token that follows.
  public private(set) var hasTarget = false

  /// Nothing gathered of a head that reads vectors of so many features.
  public init(width: Int) {
    divergence = Array(repeating: 0, count: width)
    level = divergence
  }

  /// λ, ½ where nothing changes.
  public var weight: Double { whole > 0 ? min(max(forward / whole, 0), 1) : 0.5 }

  /// What the gain goes against.
  public var gain: [Float] {
    let weight = Float(weight)
    return zip(level, divergence).map { $0 - weight * $1 }
  }

  /// The gain by the head's own change.
  public var ownGain: Double { ownLevel - weight * ownDivergence }

  /// Adds another slice.
  public static func += (left: inout PredictionPull, right: PredictionPull) {
    for column in left.divergence.indices {
      left.divergence[column] += right.divergence[column]
      left.level[column] += right.level[column]
    }
    left.ownDivergence += right.ownDivergence
    left.ownLevel += right.ownLevel
    left.whole += right.whole
    left.forward += right.forward
    left.hasTarget = left.hasTarget || right.hasTarget
  }

  /// A slice's rows of one prediction, once all slices are known.
  public struct Slice {
    /// The base's logits.
    public var logits: UnsafePointer<Float>
    /// Their change.
    public var change: UnsafePointer<Float>
    /// f; nil for 1.
    public var factors: UnsafePointer<Float>?
    /// What the head's own change does; nil where it stays.
    public var own: UnsafePointer<Float>?
    /// The column of the token that follows.
    public var target: Int?
    /// How many tokens it has.
    public var count: Int

    /// A slice.
    public init(
      logits: UnsafePointer<Float>, change: UnsafePointer<Float>, factors: UnsafePointer<Float>?,
      own: UnsafePointer<Float>?, target: Int?, count: Int
    ) {
      (self.logits, self.change, self.factors) = (logits, change, factors)
      (self.own, self.target, self.count) = (own, target, count)
    }
  }

  /// Adds a slice's scalars and gives what W's rows are to be summed with, each (count): dp·f, and (δ − p)·f.
  public mutating func add(
    _ slice: Slice, of shift: PredictionShift, divergence byChange: UnsafeMutablePointer<Float>,
    level byLevel: UnsafeMutablePointer<Float>
  ) {
    let (top, scale) = (Float(shift.top), Float(1 / shift.weight))
    let growth = shift.growth
    // Off one after the other, so that a large ℓ leaves a small e its digits.
    let (first, second) = (Float(growth), Float(growth - Double(Float(growth))))
    let count = slice.count
    forRuns(count) { run in
      var (whole, forward) = (Lanes(), Lanes())
      var (ownChange, ownLevel) = (Lanes(), Lanes())
      var column = run.lowerBound
      while column < run.upperBound {
        let logit = read(slice.logits, column, count, fill: -.greatestFiniteMagnitude) - top
        let e = (read(slice.change, column, count, fill: first) - first) - second
        let p = exponential(logit) * scale
        let rising = exponential(logit + e) * scale
        let dp = (p * exponentialMinusOne(e)).replacing(with: -rising * exponentialMinusOne(-e), where: e .> 0)
        whole += dp * e
        // Σ p·(expm1(e) − e) is KL(p‖p′), since Σ dp is nothing.
        forward += (dp - p * e).replacing(with: p * remainder(e), where: magnitude(e) .< 0.5)
        let factor = slice.factors.map { read($0, column, count) } ?? Lanes(repeating: 1)
        let (a, b) = (dp * factor, -p * factor)
        if let own = slice.own {
          let change = read(own, column, count)
          ownChange += a * change
          ownLevel += b * change
        }
        write(a, byChange, column, count)
        write(b, byLevel, column, count)
        column += 8
      }
      self.whole += total(whole)
      self.forward += total(forward)
      ownDivergence += total(ownChange)
      self.ownLevel += total(ownLevel)
    }
    guard let target = slice.target else { return }
    hasTarget = true
    let factor = slice.factors?[target] ?? 1
    byLevel[target] += factor
    if let own = slice.own { self.ownLevel += Double(factor * own[target]) }
  }
}

/// eˣ − 1 − x by its series, for |x| < 0.5.
@inline(__always)
private func remainder(_ x: Lanes) -> Lanes {
  var series = Lanes(repeating: 1 / 40_320)
  for factor: Float in [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2] { series = series * x + factor }
  return x * x * series
}
