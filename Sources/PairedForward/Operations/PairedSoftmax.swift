import Foundation
import LinearAlgebra

/// softmax of a row of scores and its changes, in steps that runs of the same base share: the powers of the scores, then
/// the change of the pattern for each run, and at last the pattern itself.
struct PatternRow {
  /// The scores, which become powers exp(s − top) and at last the pattern.
  let scores: UnsafeMutablePointer<Float>
  let count: Int
  /// The largest score.
  let top: Float
  /// Where it stands; behind the row where it is the sink's.
  let topIndex: Int
  /// The sum of the powers, the sink's included.
  let sum: Double
  /// The logit of a sink, which takes part as one more column.
  let sink: Float?

  /// Turns scores into powers.
  init(_ scores: UnsafeMutablePointer<Float>, count: Int, sink: Float? = nil) {
    var topIndex = indexOfLargest(scores, nil, count)
    var top = scores[topIndex]
    if let sink, sink > top { (top, topIndex) = (sink, count) }
    var sum = sink.map { exp(Double($0) - Double(top)) } ?? 0
    forRuns(count) { block in
      var partial = Lanes()
      var column = block.lowerBound
      while column < block.upperBound {
        let power = exponential(read(scores, column, count, fill: -.greatestFiniteMagnitude) - top)
        write(power, scores, column, count)
        partial += power
        column += 8
      }
      sum += total(partial)
    }
    (self.scores, self.count, self.top, self.topIndex, self.sum) = (scores, count, top, topIndex, sum)
    self.sink = sink
  }

  /// Turns the powers into the pattern.
  func finish() {
    let inverse = Float(1 / sum)
    var column = 0
    while column < count {
      write(read(scores, column, count) * inverse, scores, column, count)
      column += 8
    }
  }

  /// Turns score changes below 1, Δs, into dp = softmax(s + Δs) − p without cancellation (docs/method.md, Delta form):
  /// ℓ = log1p(Σ p·expm1(Δs)); dp = p·expm1(Δs − ℓ). All changes count from that of the key with the most attention, which a
  /// softmax does not notice: where it has nearly all of it, ℓ is nearly its change, and their rounding would be left.
  /// - Parameter sinkChange: The change of the sink's logit.
  /// - Returns: What log p′ − log p = (Δs − first) − second takes off: that key's change, and ℓ less that.
  @discardableResult
  func changeGently(_ change: UnsafeMutablePointer<Float>, sinkChange: Float = 0) -> SIMD2<Float> {
    let origin = topIndex < count ? change[topIndex] : sinkChange
    var gained = sink.map { exp(Double($0) - Double(top)) * expm1(Double(sinkChange) - Double(origin)) } ?? 0
    forRuns(count) { block in
      var partial = Lanes()
      var column = block.lowerBound
      while column < block.upperBound {
        partial += read(scores, column, count) * exponentialMinusOne(read(change, column, count) - origin)
        column += 8
      }
      gained += total(partial)
    }
    let inverse = Float(1 / sum)
    let level = Float(log1p(gained / sum))
    var column = 0
    while column < count {
      let p = read(scores, column, count) * inverse
      write(p * exponentialMinusOne(read(change, column, count) - origin - level), change, column, count)
      column += 8
    }
    return SIMD2(origin, level)
  }

  /// Turns large score changes into pattern changes: ℓ is the difference of two log-sum-exps; p′ is computed from its own
  /// score where it is the larger one.
  ///
  /// With a = s − top, the adapted scores count from the largest a + Δs, and their changes from that key's, which serves both
  /// the sum and ℓ: its own rounding cancels, and a row of one key changes by exactly 0. `raw` holds the scores as they were,
  /// `spare` is working memory.
  /// - Returns: As of ``changeGently(_:)``.
  @discardableResult
  func changeSteeply(
    _ change: UnsafeMutablePointer<Float>, raw: UnsafePointer<Float>, spare changedPowers: UnsafeMutablePointer<Float>,
    sinkChange: Float = 0
  ) -> SIMD2<Float> {
    // What all keys gain is none of it.
    guard spread(change, sinkChange) >= 1 else { return changeGently(change, sinkChange: sinkChange) }
    let changedIndex = indexOfLargest(raw, change, count)
    var (origin, changedTop) = (change[changedIndex], raw[changedIndex] - top)
    if let sink, sink + sinkChange > raw[changedIndex] + origin { (origin, changedTop) = (sinkChange, sink - top) }
    var changedSum =
      sink.map { exp(Double($0 - top) - Double(changedTop) + (Double(sinkChange) - Double(origin))) } ?? 0
    forRuns(count) { run in
      var partial = Lanes()
      var column = run.lowerBound
      while column < run.upperBound {
        let a = read(raw, column, count, fill: -.greatestFiniteMagnitude) - top
        let power = exponential((a - changedTop) + (read(change, column, count) - origin))
        write(power, changedPowers, column, count)
        partial += power
        column += 8
      }
      changedSum += total(partial)
    }
    let level = Float(Double(changedTop) + log(changedSum / sum))
    let inverse = Float(1 / sum)
    let changedInverse = Float(1 / changedSum)
    var column = 0
    while column < count {
      let p = read(scores, column, count) * inverse
      let changedP = read(changedPowers, column, count) * changedInverse
      let e = read(change, column, count) - origin - level
      let decay = exponentialMinusOne(-magnitude(e))
      write((-changedP * decay).replacing(with: p * decay, where: e .<= 0), change, column, count)
      column += 8
    }
    return SIMD2(origin, level)
  }
}

extension PatternRow {
  /// The sink's part of the attention.
  var sinkPattern: Float { Float(sink.map { exp(Double($0) - Double(top)) / sum } ?? 0) }

  /// How the sink's part changes: p·expm1(e), or −p′·expm1(−e) where e = log p′ − log p is above 0.
  /// - Parameter levels: What the changes of the scores returned.
  func sinkPatternChange(_ sinkChange: Float, levels: SIMD2<Float>) -> Float {
    guard let sink else { return 0 }
    let logarithm = Double(sink) - Double(top) - log(sum)
    let e = Double((sinkChange - levels[0]) - levels[1])
    return Float(e > 0 ? -exp(logarithm + e) * expm1(-e) : exp(logarithm) * expm1(e))
  }

  /// How far the changes lie from that of the key with the most attention, or of a sink that has it.
  private func spread(_ change: UnsafePointer<Float>, _ sinkChange: Float) -> Float {
    let origin = topIndex < count ? change[topIndex] : sinkChange
    var furthest = Lanes()
    var column = 0
    while column < count {
      furthest = larger(furthest, magnitude(read(change, column, count, fill: origin) - origin))
      column += 8
    }
    return max(largest(furthest), sink == nil ? 0 : abs(sinkChange - origin))
  }
}

/// cap·tanh(s / cap) of a row of scores, in place.
func softCap(_ scores: UnsafeMutablePointer<Float>, count: Int, cap: Float) {
  var column = 0
  while column < count {
    let x = read(scores, column, count) / cap
    let decay = exponentialMinusOne(magnitude(x) * -2)
    let tanh = -decay / (decay + 2) * cap
    write((-tanh).replacing(with: tanh, where: x .>= 0), scores, column, count)
    column += 8
  }
}

/// The change of a soft cap, in place: with a = s/cap, b = (s + Δs)/cap and d = b − a,
/// tanh b − tanh a = sinh d / (cosh a·cosh b), which times cap is Δs·(sinh d / d) / (cosh a·cosh b). Beyond ±40, where tanh is
/// 1 to all digits, a and b count as ±40, so that no power overflows. `scores` are those before the cap; `change` holds Δs
/// and becomes the change behind the cap.
public func softCapChange(
  _ scores: UnsafePointer<Float>, _ change: UnsafeMutablePointer<Float>, count: Int, cap: Float
) {
  var column = 0
  while column < count {
    let scoreChange = read(change, column, count)
    let capped = CappedChange(read(scores, column, count), scoreChange, cap)
    // Δs itself, since Δs/cap may vanish where Δs does not.
    write((scoreChange * capped.secant).replacing(with: capped.cut, where: capped.isCut), change, column, count)
    column += 8
  }
}

/// Turns the changes Δs of some scores into the cap's secants, by which a change that is made of parts is capped part by part:
/// (cap(s + Δs) − cap(s)) / Δs, the cap's slope where Δs is 0.
public func softCapSecants(
  _ scores: UnsafePointer<Float>, _ change: UnsafeMutablePointer<Float>, count: Int, cap: Float
) {
  var column = 0
  while column < count {
    let scoreChange = read(change, column, count)
    let capped = CappedChange(read(scores, column, count), scoreChange, cap)
    let isCut = capped.isCut .& (scoreChange .!= 0)
    write(capped.secant.replacing(with: capped.cut / scoreChange, where: isCut), change, column, count)
    column += 8
  }
}

/// What a soft cap makes of a change of scores.
private struct CappedChange {
  /// What Δs is multiplied with.
  let secant: Lanes
  /// Whether a score lies where tanh is 1 to all digits, so that `cut` counts.
  let isCut: SIMDMask<SIMD8<Int32>>
  /// The change behind the cap.
  let cut: Lanes

  @inline(__always)
  init(_ score: Lanes, _ scoreChange: Lanes, _ cap: Float) {
    let limit: Float = 40
    // The sum is divided, since two quotients would each be rounded, or infinite, where the sum is small.
    let (x, dx, b) = (score / cap, scoreChange / cap, (score + scoreChange) / cap)
    let (a, end) = (within(limit, x), within(limit, b))
    let isCut = (a .!= x) .| (end .!= b)
    let d = dx.replacing(with: end - a, where: isCut)
    let size = magnitude(d)
    let grown = exponentialMinusOne(size)
    let sinh = (grown + grown / (grown + 1)) * 0.5
    let slope = inverseCosh(a) * inverseCosh(end)
    self.isCut = isCut
    secant = (sinh / size).replacing(with: 1, where: size .< 1e-4) * slope
    cut = (-sinh).replacing(with: sinh, where: d .>= 0) * slope * cap
  }
}

@inline(__always)
private func within(_ limit: Float, _ x: Lanes) -> Lanes {
  x.clamped(lowerBound: Lanes(repeating: -limit), upperBound: Lanes(repeating: limit))
}

@inline(__always)
private func inverseCosh(_ x: Lanes) -> Lanes {
  let e = exponential(-magnitude(x))
  return (e + e) / (e * e + 1)
}
