import Foundation
import LinearAlgebra

/// The log-sum-exp of one prediction's logits in the base and in a changed model, gathered over slices of the vocabulary; with
/// the logit of the token that follows, its loss.
///
/// A change is carried as Δ beside the base's logits: Σ exp(l + Δ) = Σ exp(l) + Σ exp(l)·expm1(Δ), so that small changes of the
/// loss keep their digits.
public struct PredictionSums: Sendable {
  private(set) var top = -Double.infinity
  private(set) var sum = 0.0
  /// The logit of the token that follows; nil while no slice has it.
  private var target: Double?

  /// Nothing gathered.
  public init() {}

  /// The sums of the base's logits over a slice.
  /// - Parameter target: The column of the token that follows, where the slice has it.
  public init(_ logits: UnsafePointer<Float>, count: Int, target: Int?) {
    let largest = largestValue(logits, nil, count)
    top = Double(largest)
    sum = total(count) { exponential(read(logits, $0, count, fill: -.greatestFiniteMagnitude) - largest) }
    self.target = target.map { Double(logits[$0]) }
  }

  /// The sums of changed logits over the same slice; `base` has those of the base.
  public init(
    _ logits: UnsafePointer<Float>, change: UnsafePointer<Float>, base: PredictionSums, count: Int, target: Int?
  ) {
    self = base
    if let target, let own = self.target { self.target = own + Double(change[target]) }
    if largestMagnitude(change, count) < 1 {
      let largest = Float(base.top)
      sum += total(count) {
        exponential(read(logits, $0, count, fill: -.greatestFiniteMagnitude) - largest)
          * exponentialMinusOne(read(change, $0, count))
      }
    } else {
      let largest = largestValue(logits, change, count)
      top = Double(largest)
      sum = total(count) {
        exponential((read(logits, $0, count, fill: -.greatestFiniteMagnitude) - largest) + read(change, $0, count))
      }
    }
  }

  /// Adds the sums of another slice.
  public static func += (left: inout PredictionSums, right: PredictionSums) {
    left.target = left.target ?? right.target
    // Only an empty sum adds nothing: a NaN has to stay one.
    guard right.sum != 0 else { return }
    let top = max(left.top, right.top)
    left.sum = (left.sum != 0 ? left.sum * exp(left.top - top) : 0) + right.sum * exp(right.top - top)
    left.top = top
  }

  /// −log of the probability of the token that follows, in nats; infinite where the vocabulary lacks it.
  public var loss: Double {
    let whole = top + log(sum)
    return target.map { whole - $0 } ?? (whole.isNaN ? whole : .infinity)
  }
}
