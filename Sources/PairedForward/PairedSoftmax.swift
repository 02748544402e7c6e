import Foundation
import LinearAlgebra

/// softmax of a row of scores, in place.
func softmax(_ scores: UnsafeMutablePointer<Float>, count: Int) {
  var sum = 0.0
  let top = largestScore(scores, count)
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
  let inverse = Float(1 / sum)
  var column = 0
  while column < count {
    write(read(scores, column, count) * inverse, scores, column, count)
    column += 8
  }
}

/// softmax of a row of scores and its change: `scores` s becomes p, `change` Δs becomes dp = softmax(s + Δs) − p, without
/// cancellation (definitions, section 3). `spare` is working memory for as many floats.
func pairedSoftmax(
  _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>, count: Int,
  spare: UnsafeMutablePointer<Float>
) {
  let top = largestScore(scores, count)
  let reach = largestMagnitude(change, count)
  if reach < 1 {
    gentleSoftmax(scores, change, count, top)
  } else {
    steepSoftmax(scores, change, spare, count, top)
  }
}

/// Changes below 1: ℓ = log1p(Σ p·expm1(Δs)); dp = p·expm1(Δs − ℓ).
private func gentleSoftmax(
  _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>, _ count: Int, _ top: Float
) {
  var sum = 0.0
  var gained = 0.0
  forRuns(count) { block in
    var partial = Lanes()
    var partialGain = Lanes()
    var column = block.lowerBound
    while column < block.upperBound {
      let power = exponential(read(scores, column, count, fill: -.greatestFiniteMagnitude) - top)
      write(power, scores, column, count)
      partial += power
      partialGain += power * exponentialMinusOne(read(change, column, count))
      column += 8
    }
    sum += total(partial)
    gained += total(partialGain)
  }
  let inverse = Float(1 / sum)
  let level = Float(log1p(gained / sum))
  var column = 0
  while column < count {
    let p = read(scores, column, count) * inverse
    write(p, scores, column, count)
    write(p * exponentialMinusOne(read(change, column, count) - level), change, column, count)
    column += 8
  }
}

/// Large changes: ℓ is the difference of two log-sum-exps; p′ is computed from its own score where it is the larger one.
///
/// With a = s − max s, the adapted scores count from max(a + Δs), which serves both the sum and ℓ: its own rounding
/// cancels, and a row of one key changes by exactly 0.
private func steepSoftmax(
  _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>,
  _ changedPowers: UnsafeMutablePointer<Float>, _ count: Int, _ top: Float
) {
  var highest = Lanes(repeating: -.greatestFiniteMagnitude)
  var column = 0
  while column < count {
    let a = read(scores, column, count, fill: -.greatestFiniteMagnitude) - top
    highest = larger(highest, a + read(change, column, count))
    column += 8
  }
  let changedTop = largest(highest)
  var sum = 0.0
  var changedSum = 0.0
  forRuns(count) { run in
    var partial = Lanes()
    var changedPartial = Lanes()
    var column = run.lowerBound
    while column < run.upperBound {
      let a = read(scores, column, count, fill: -.greatestFiniteMagnitude) - top
      let power = exponential(a)
      let changedPower = exponential((a - changedTop) + read(change, column, count))
      write(power, scores, column, count)
      write(changedPower, changedPowers, column, count)
      partial += power
      changedPartial += changedPower
      column += 8
    }
    sum += total(partial)
    changedSum += total(changedPartial)
  }
  let level = Float(Double(changedTop) + log(changedSum) - log(sum))
  let inverse = Float(1 / sum)
  let changedInverse = Float(1 / changedSum)
  column = 0
  while column < count {
    let p = read(scores, column, count) * inverse
    let changedP = read(changedPowers, column, count) * changedInverse
    let e = read(change, column, count) - level
    let decay = exponentialMinusOne(-magnitude(e))
    write(p, scores, column, count)
    write((-changedP * decay).replacing(with: p * decay, where: e .<= 0), change, column, count)
    column += 8
  }
}

/// cap·tanh(s / cap) of a row of scores and its change, in place:
/// tanh(x + d) − tanh(x) = sinh(d) / (cosh(x)·cosh(x + d)).
func softCap(
  _ scores: UnsafeMutablePointer<Float>, _ change: UnsafeMutablePointer<Float>?, count: Int, cap: Float
) {
  var column = 0
  while column < count {
    let x = read(scores, column, count) / cap
    if let change {
      let d = read(change, column, count) / cap
      let grown = exponentialMinusOne(magnitude(d))
      let sinh = (grown + grown / (grown + 1)) * 0.5
      let delta = sinh * inverseCosh(x) * inverseCosh(x + d) * cap
      write((-delta).replacing(with: delta, where: d .>= 0), change, column, count)
    }
    let decay = exponentialMinusOne(magnitude(x) * -2)
    let tanh = -decay / (decay + 2) * cap
    write((-tanh).replacing(with: tanh, where: x .>= 0), scores, column, count)
    column += 8
  }
}

@inline(__always)
private func inverseCosh(_ x: Lanes) -> Lanes {
  let e = exponential(-magnitude(x))
  return (e + e) / (e * e + 1)
}

private func largestScore(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var top = Lanes(repeating: -.greatestFiniteMagnitude)
  var column = 0
  while column < count {
    top = larger(top, read(values, column, count, fill: -.greatestFiniteMagnitude))
    column += 8
  }
  return largest(top)
}

private func largestMagnitude(_ values: UnsafePointer<Float>, _ count: Int) -> Float {
  var top = Lanes()
  var column = 0
  while column < count {
    top = larger(top, magnitude(read(values, column, count)))
    column += 8
  }
  return largest(top)
}
