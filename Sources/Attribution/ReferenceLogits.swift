import Foundation
import LinearAlgebra

/// The logits z of one prediction over a slice of the vocabulary, which the logits z + Δ of any number of runs are held against.
/// What all of them need of it, the powers exp(z − top), is taken once.
public struct ReferenceLogits {
  private let logits: UnsafePointer<Float>
  private let powers: UnsafePointer<Float>
  private let count: Int
  private let top: Float
  private let weight: Double

  /// A slice.
  /// - Parameters:
  ///   - logits: z, (count), at least one.
  ///   - powers: Room for (count) powers. It has to last as long as this does.
  public init(_ logits: UnsafePointer<Float>, count: Int, powers: UnsafeMutablePointer<Float>) {
    let top = largestValue(logits, nil, count)
    weight = total(count) {
      let power = exponential(read(logits, $0, count, fill: -.greatestFiniteMagnitude) - top)
      write(power, powers, $0, count)
      return power
    }
    self.logits = logits
    self.powers = UnsafePointer(powers)
    self.count = count
    self.top = top
  }

  /// A run that does not differ.
  var unchanged: PredictionShift {
    PredictionShift(top: Double(top), weight: weight, mean: 0, divergence: 0)
  }

  /// The divergence of z + Δ from z on this slice.
  /// - Parameter change: Δ, (count).
  func shift(_ change: UnsafePointer<Float>) -> PredictionShift {
    var reach = Lanes()
    let sum = total(count) {
      let delta = read(change, $0, count)
      reach = larger(reach, magnitude(delta))
      return read(powers, $0, count) * delta
    }
    let (largest, centre) = (largest(reach), Float(sum / weight))
    if largest == 0, sum == 0 { return unchanged }
    guard largest + abs(centre) < 60 else { return steepShift(change, mean: sum / weight) }
    let (first, excess) =
      largest + abs(centre) < 0.75
      ? moments(change, centre, expm1RemainderNearZero) : moments(change, centre, expm1Remainder)
    // E[Δ − centre], which is only the rounding of the centre.
    let rest = first / weight
    return PredictionShift(
      top: Double(top), weight: weight, mean: Double(centre) + rest,
      divergence: log1p(excess / weight + rest) - rest)
  }

  /// Σ p·x and Σ p·(expm1(x) − x) with x = Δ − centre.
  @inline(__always)
  private func moments(
    _ change: UnsafePointer<Float>, _ centre: Float, _ remainder: (Lanes) -> Lanes
  ) -> (first: Double, excess: Double) {
    var (first, excess) = (0.0, 0.0)
    forRuns(count) { run in
      var (linear, beyond) = (Lanes(), Lanes())
      var column = run.lowerBound
      while column < run.upperBound {
        let x = read(change, column, count, fill: centre) - centre
        let power = read(powers, column, count)
        linear += power * x
        beyond += power * remainder(x)
        column += 8
      }
      first += LinearAlgebra.total(linear)
      excess += LinearAlgebra.total(beyond)
    }
    return (first, excess)
  }

  /// For changes whose powers would leave the range of Float: from the two log-sum-exps.
  private func steepShift(_ change: UnsafePointer<Float>, mean: Double) -> PredictionShift {
    let highest = largestValue(logits, change, count)
    let sum = total(count) {
      exponential(
        (read(logits, $0, count, fill: -.greatestFiniteMagnitude) - highest) + read(change, $0, count))
    }
    return PredictionShift(
      top: Double(top), weight: weight, mean: mean,
      divergence: Double(highest) + log(sum) - Double(top) - log(weight) - mean)
  }
}

/// eˣ − 1 − x for eight arguments: by the series near zero, where expm1(x) − x would cancel.
@inline(__always)
private func expm1Remainder(_ x: Lanes) -> Lanes {
  let far = exponentialMinusOne(x) - x
  return expm1RemainderNearZero(x).replacing(with: far, where: magnitude(x) .> 0.75)
}

/// The series alone, for arguments up to 0.75.
@inline(__always)
private func expm1RemainderNearZero(_ x: Lanes) -> Lanes {
  var series = Lanes(repeating: 1 / 40_320)
  for factor: Float in [1 / 5040, 1 / 720, 1 / 120, 1 / 24, 1 / 6, 1 / 2] { series = series * x + factor }
  return x * x * series
}
