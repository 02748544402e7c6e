import LinearAlgebra
import Results

/// Sums over a run of keys of one row, from which its nats follow: a lane a ``Term``, counted from its `origin`.
struct DivergenceRun {
  /// Σ p·(T − origin); the lane of Δ has −Σ p·e, which over a whole row is KL(p‖p′). Of a
  /// small e rounding leaves it few digits, but then it matters as little: λ weighs what regions gained, which is no larger than e.
  var pattern = SIMD4<Double>()
  /// Σ dp·(T − origin); the lane of Δ has Σ dp·e, which over a whole row is KL(p‖p′) + KL(p′‖p).
  var change = SIMD4<Double>()
  /// Σ dp.
  var gained = 0.0

  /// No key.
  init() {}

  /// A sink, where every term is 0.
  init(_ sink: RowSink, origin: SIMD4<Float>, level: SIMD2<Float>) {
    let (p, dp) = (Double(sink.pattern), Double(sink.change))
    let e = Double((sink.logitChange - level[0]) - level[1])
    (pattern, change, gained) = (-p * SIMD4<Double>(origin), -dp * SIMD4<Double>(origin), dp)
    pattern[.delta] = -p * e
    change[.delta] = max(dp * e, 0)
  }

  static func += (left: inout DivergenceRun, right: DivergenceRun) {
    left.pattern += right.pattern
    left.change += right.change
    left.gained += right.gained
  }
}

/// The sums over a run of keys, with e = log p′ − log p = (ΔS − level.first) − level.second. Nil terms are zero.
func divergenceRun(
  _ byKey: UnsafePointer<Float>?, _ byQuery: UnsafePointer<Float>, _ byBoth: UnsafePointer<Float>?,
  pattern: UnsafePointer<Float>, change: UnsafePointer<Float>, origin: SIMD4<Float>, level: SIMD2<Float>, _ count: Int
) -> DivergenceRun {
  guard let byKey, let byBoth else {
    return divergenceRun(byQuery, pattern: pattern, change: change, origin: origin, level: level, count)
  }
  let (originX, originY, originZ) = (origin[.term(.dKtQ)], origin[.term(.KtdQ)], origin[.term(.dKtdQ)])
  var sums = DivergenceRun()
  forRuns(count) { run in
    var (x, y, z, felt) = (Both(), Both(), Both(), Both())
    var gained = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      let (p, dp) = (read(pattern, column, count), read(change, column, count))
      let (a, b, c) = (read(byKey, column, count), read(byQuery, column, count), read(byBoth, column, count))
      // In the engine's own order, so that e is the one that made dp.
      felt.add(p, dp, logarithm: (((b + a) + c) - level[0]) - level[1])
      x.add(p, dp, a - originX)
      y.add(p, dp, b - originY)
      z.add(p, dp, c - originZ)
      gained += dp
      column += 8
    }
    sums.pattern += SIMD4(total(x.pattern), total(y.pattern), total(z.pattern), total(felt.pattern))
    sums.change += SIMD4(total(x.change), total(y.change), total(z.change), total(felt.change))
    sums.gained += total(gained)
  }
  return sums
}

/// The same where KᵀdQ is the only term: the others are constants, −origin.
private func divergenceRun(
  _ byQuery: UnsafePointer<Float>, pattern: UnsafePointer<Float>, change: UnsafePointer<Float>, origin: SIMD4<Float>,
  level: SIMD2<Float>, _ count: Int
) -> DivergenceRun {
  let originY = origin[.term(.KtdQ)]
  var (sums, mass) = (DivergenceRun(), 0.0)
  forRuns(count) { run in
    var (y, felt, whole) = (Both(), Both(), Both())
    var column = run.lowerBound
    while column < run.upperBound {
      let (p, dp, b) = (read(pattern, column, count), read(change, column, count), read(byQuery, column, count))
      felt.add(p, dp, logarithm: (b - level[0]) - level[1])
      y.add(p, dp, b - originY)
      whole.pattern += p
      whole.change += dp
      column += 8
    }
    sums.pattern += SIMD4(0, total(y.pattern), 0, total(felt.pattern))
    sums.change += SIMD4(0, total(y.change), 0, total(felt.change))
    mass += total(whole.pattern)
    sums.gained += total(whole.change)
  }
  for lane in [TermLane.term(.dKtQ), .term(.dKtdQ)] where origin[lane] != 0 {
    sums.pattern[lane] = -Double(origin[lane]) * mass
    sums.change[lane] = -Double(origin[lane]) * sums.gained
  }
  return sums
}

/// Partial sums of a quantity weighted by p and by dp.
private struct Both {
  var pattern = Lanes()
  var change = Lanes()

  @inline(__always)
  mutating func add(_ p: Lanes, _ dp: Lanes, _ value: Lanes) {
    pattern += p * value
    change += dp * value
  }

  /// Adds −p·e and dp·e, of which the second is never negative.
  @inline(__always)
  mutating func add(_ p: Lanes, _ dp: Lanes, logarithm e: Lanes) {
    pattern -= p * e
    // Their signs differ by rounding alone.
    change += larger(dp * e, Lanes())
  }
}
