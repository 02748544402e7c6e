import Foundation
import LinearAlgebra
import Testing

@testable import PairedForward

/// The paired softmax and the soft cap against double-precision definitions.
@Suite struct SoftmaxTests {
  @Test(arguments: rowLengths, changeSizes) func patternAndChangeAreAccurate(count: Int, size: Double) {
    var samples = Samples(seed: count)
    let scores = samples.floats(count, scale: 6)
    let change = samples.floats(count, scale: size)
    var p = scores
    var dp = change
    var spare = dp
    pairedSoftmax(&p, &dp, count: count, spare: &spare)
    let base = reference(scores.map(Double.init), Array(repeating: 0, count: count))
    // For each pair, p·expm1(Δ − ℓ) with ℓ in double: no cancellation on this side either.
    // Where the changes are large, log1p would lose what a row of falling scores leaves over.
    let weighted = zip(base, change.map(Double.init))
    let level =
      size < 1
      ? log1p(weighted.reduce(0) { $0 + $1.0 * expm1($1.1) }) : log(weighted.reduce(0) { $0 + $1.0 * exp($1.1) })
    for column in 0..<count {
      let expected = base[column] * expm1(Double(change[column]) - level)
      #expect(abs(Double(p[column]) - base[column]) <= 1e-6 * base[column] + 1e-30)
      // An exponent as large as the change is rounded as such.
      let tolerance = 3e-6 + (size > 1 ? epsilon * size : 0)
      #expect(abs(Double(dp[column]) - expected) <= tolerance * scaleOf(base[column], expected, size))
    }
    #expect(abs(dp.reduce(0) { $0 + Double($1) }) <= 1e-6 * min(size, 1))
  }

  private func scaleOf(_ p: Double, _ expected: Double, _ size: Double) -> Double {
    max(abs(expected), p * min(size, 1), 1e-30)
  }

  private func reference(_ scores: [Double], _ change: [Double]) -> [Double] {
    let sums = zip(scores, change).map { $0 + $1 }
    let top = sums.max() ?? 0
    let powers = sums.map { exp($0 - top) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }

  @Test func aConstantChangeMovesNothing() {
    var p: [Float] = [0.3, -2, 1.5]
    var dp: [Float] = [0.25, 0.25, 0.25]
    var spare = dp
    pairedSoftmax(&p, &dp, count: 3, spare: &spare)
    for change in dp { #expect(abs(change) < 1e-7) }
  }

  @Test func noChangeIsExactlyZero() {
    var samples = Samples(seed: 9)
    var p = samples.floats(37, scale: 20)
    var plain = p
    var dp = [Float](repeating: 0, count: 37)
    var spare = dp
    pairedSoftmax(&p, &dp, count: 37, spare: &spare)
    softmax(&plain, count: 37)
    #expect(dp.allSatisfy { $0 == 0 })
    #expect(p == plain)
  }

  /// What a whole row gains a softmax does not notice, and what the key with nearly all attention gains hardly moves any.
  @Test(arguments: [0.3, 30] as [Float]) func aRowThatOneKeyHoldsLosesNoDigits(size: Float) {
    var samples = Samples(seed: 6)
    var spare = [Float](repeating: 0, count: 50)
    var scores = samples.floats(50, scale: 2)
    scores[17] = 16
    var (p, same) = (scores, [Float](repeating: size, count: 50))
    pairedSoftmax(&p, &same, count: 50, spare: &spare)
    #expect(same.allSatisfy { $0 == 0 })
    let change = samples.floats(50, scale: 0.01).map { $0 + size }
    var dp = change
    p = scores
    pairedSoftmax(&p, &dp, count: 50, spare: &spare)
    let expected = softmaxChange(scores.map(Double.init), change.map(Double.init))
    let largest = expected.map(abs).max() ?? 0
    #expect(largest > 0)
    for (own, other) in zip(dp, expected) { #expect(abs(Double(own) - other) <= 1e-5 * largest) }
  }

  /// A sink is one more column, be it the largest or far below, and its own logit may change.
  @Test(arguments: [-30, 0, 30] as [Float], [0, 0.3, 5]) func aSinkIsOneMoreColumn(logit: Float, size: Double) {
    for length in [1, 7, 9, 50] {
      for sinkSize in [0, 0.01, 3] {
        var samples = Samples(seed: 7 + length)
        let scores = samples.floats(length, scale: 3)
        let change = samples.floats(length, scale: size)
        let sinkChange = Float(sinkSize * samples.next())
        let expected = exactChange(
          scores.map(Double.init) + [Double(logit)], change.map(Double.init) + [Double(sinkChange)])
        var (p, dp, spare) = (scores, change, scores)
        let sink = sinkSoftmax(&p, &dp, count: length, spare: &spare, sink: logit, by: sinkChange)
        let found = dp + [sink.change]
        let top = expected.map(abs).max() ?? 0
        // Beyond changes of 1 what a row gains is a difference in double, of which a change that nobody attends to leaves few digits.
        let rounding = max(change.map(abs).max() ?? 0, abs(sinkChange)) < 1 ? 1e-30 : 1e-15
        for (own, other) in zip(found, expected) { #expect(abs(Double(own) - other) <= 2e-5 * top + rounding) }
        #expect(abs(p.reduce(sink.pattern, +) - 1) <= 1e-5)
        if size == 0, sinkSize == 0 { #expect(found.allSatisfy { $0 == 0 }) }
      }
    }
  }

  /// The steps of a row with a sink.
  private func sinkSoftmax(
    _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>, count: Int,
    spare: UnsafeMutablePointer<Float>, sink: Float, by sinkChange: Float
  ) -> (pattern: Float, change: Float) {
    let raw = Array(UnsafeBufferPointer(start: scores, count: count))
    let row = PatternRow(scores, count: count, sink: sink)
    let levels =
      max(largestMagnitude(change, count), abs(sinkChange)) < 1
      ? row.changeGently(change, sinkChange: sinkChange)
      : row.changeSteeply(change, raw: raw, spare: spare, sinkChange: sinkChange)
    row.finish()
    return (row.sinkPattern, row.sinkPatternChange(sinkChange, levels: levels))
  }

  /// softmax(s + Δs) − softmax(s), where the changes are so large that nothing is lost in a difference, or by the formula else.
  private func exactChange(_ scores: [Double], _ change: [Double]) -> [Double] {
    if (change.map(abs).max() ?? 0) < 1 { return softmaxChange(scores, change) }
    func softmax(_ scores: [Double]) -> [Double] {
      let top = scores.max() ?? 0
      let powers = scores.map { exp($0 - top) }
      return powers.map { $0 / powers.reduce(0, +) }
    }
    return zip(softmax(zip(scores, change).map { $0 + $1 }), softmax(scores)).map { $0 - $1 }
  }

  @Test(arguments: changeSizes) func softCapsAndTheirChangesAreAccurate(size: Double) {
    var samples = Samples(seed: 4)
    let scores = samples.floats(77, scale: 120)
    let change = samples.floats(77, scale: size)
    var capped = scores
    var cappedChange = change
    softCapChange(scores, &cappedChange, count: 77, cap: 30)
    softCap(&capped, count: 77, cap: 30)
    for column in 0..<77 {
      let (x, d) = (Double(scores[column]) / 30, Double(change[column]) / 30)
      let expected = 30 * sinh(d) / (cosh(x) * cosh(x + d))
      #expect(abs(Double(capped[column]) - 30 * tanh(x)) <= 1e-5)
      #expect(abs(Double(cappedChange[column]) - expected) <= 2e-6 * abs(expected) + 1e-35)
    }
  }

  /// A cap much smaller than the scores: no power may overflow, however far both ends are out.
  @Test(arguments: [1e-3, 1, 30, 1e4, 1e30]) func aTightCapLosesNothing(size: Double) {
    var samples = Samples(seed: 5)
    let scores = samples.floats(99, scale: 50)
    let change = samples.floats(99, scale: size)
    var cappedChange = change
    softCapChange(scores, &cappedChange, count: 99, cap: 0.02)
    for column in 0..<99 {
      let (a, b) = (Double(scores[column] / 0.02), Double(scores[column] / 0.02 + change[column] / 0.02))
      // 1 − tanh² without cancellation; beyond ±40 the cap is reached to all digits.
      let expected = 0.02 * (a * b > 0 && min(abs(a), abs(b)) > 40 ? 0 : tanh(b) - tanh(a))
      #expect(abs(Double(cappedChange[column]) - expected) <= 4e-6 * abs(expected) + 1e-9)
    }
  }
}

/// softmax(s + Δs) − softmax(s) in double, by the formula without cancellation.
private func softmaxChange(_ scores: [Double], _ change: [Double]) -> [Double] {
  let top = scores.indices.max { scores[$0] < scores[$1] } ?? 0
  let powers = scores.map { exp($0 - scores[top]) }
  let sum = powers.reduce(0, +)
  let own = change.map { $0 - change[top] }
  let level = log1p(zip(powers, own).reduce(0) { $0 + $1.0 * expm1($1.1) } / sum)
  return zip(powers, own).map { $0 / sum * expm1($1 - level) }
}

/// The softmax of a row and its change, in place, as the attention takes the steps.
func pairedSoftmax(
  _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>, count: Int,
  spare: UnsafeMutablePointer<Float>
) {
  let raw = Array(UnsafeBufferPointer(start: scores, count: count))
  let row = PatternRow(scores, count: count)
  if largestMagnitude(change, count) < 1 {
    row.changeGently(change)
  } else {
    row.changeSteeply(change, raw: raw, spare: spare)
  }
  row.finish()
}

private func softmax(_ scores: UnsafeMutablePointer<Float>, count: Int) { PatternRow(scores, count: count).finish() }
