import Foundation
import LinearAlgebra

/// How one prediction of an intervened run differs from the adapted model's, gathered over slices of the vocabulary.
///
/// Its sums begin at the adapted model's, as a change of those, so that a loss that is hardly another keeps its digits; the
/// divergence is that of ``PredictionShift``, with the adapted model in the base's place.
public struct InterventionShift: Sendable {
  /// The log-sum-exp and the target's logit of the intervened run.
  public private(set) var sums: PredictionSums
  /// Its likeliest token.
  public private(set) var likeliest: LikeliestToken
  private var shift: PredictionShift

  /// A run that equals the adapted model on a slice.
  public init(same adapted: PredictionSums, likeliest: LikeliestToken) {
    sums = adapted
    self.likeliest = likeliest
    shift = PredictionShift(unchanged: adapted)
  }

  /// The shift on a slice.
  /// - Parameters:
  ///   - logits: z of the adapted model, (count).
  ///   - difference: z′ − z, (count).
  ///   - adapted: The adapted model's sums over the slice.
  ///   - target: The column of the token that follows, where the slice has it.
  ///   - own: The run's sums where they are known already, as those of the base where nothing of the change is left.
  public init(
    _ logits: UnsafePointer<Float>, difference: UnsafePointer<Float>, adapted: PredictionSums,
    likeliest: LikeliestToken, count: Int, target: Int?, own: PredictionSums? = nil
  ) {
    sums = own ?? PredictionSums(logits, change: difference, base: adapted, count: count, target: target)
    self.likeliest = likeliest
    shift = PredictionShift(logits, change: difference, count: count)
  }

  /// Adds another slice.
  public static func += (left: inout InterventionShift, right: InterventionShift) {
    left.sums += right.sums
    left.likeliest += right.likeliest
    left.shift += right.shift
  }

  /// KL(adapted ‖ intervened) in nats; rounding is not let below zero.
  public var divergence: Double { shift.divergence < 0 ? 0 : shift.divergence }
}

extension PredictionShift {
  /// A slice on which nothing changes, by its sums.
  init(unchanged sums: PredictionSums) {
    self.init(top: sums.top, weight: sums.sum)
  }
}

/// The likeliest token of a prediction; the first of several.
public struct LikeliestToken: Sendable, Equatable {
  /// The token; nil where nothing was looked at.
  public private(set) var token: Int?
  private var value = -Double.infinity

  /// Nothing looked at.
  public init() {}

  /// The likeliest of a slice that begins at token `first`, by base logits and a change, each (count), summed in double: small
  /// changes decide between tokens that are equal in single precision.
  public init(_ logits: UnsafePointer<Float>, change: UnsafePointer<Float>?, count: Int, first: Int) {
    var largest = -Float.infinity
    forColumns(logits, change, count) { largest = max(largest, LinearAlgebra.largest($1)) }
    let bound = largest - max(abs(largest), 1) * 1e-5
    forColumns(logits, change, count) { column, lanes in
      guard any(lanes .>= bound) else { return }
      for index in column..<min(column + 8, count) {
        let sum = Double(logits[index]) + Double(change?[index] ?? 0)
        if sum > value { (value, token) = (sum, first + index) }
      }
    }
  }

  /// Adds another slice.
  public static func += (left: inout LikeliestToken, right: LikeliestToken) {
    guard let token = right.token else { return }
    if let known = left.token {
      guard right.value > left.value || (right.value == left.value && token < known) else { return }
    }
    left = right
  }
}

/// Goes through the sums of two rows, eight columns at a time; lanes beyond the end are very small.
private func forColumns(
  _ logits: UnsafePointer<Float>, _ change: UnsafePointer<Float>?, _ count: Int, _ body: (Int, Lanes) -> Void
) {
  var column = 0
  while column < count {
    var lanes = read(logits, column, count, fill: -.greatestFiniteMagnitude)
    if let change { lanes += read(change, column, count) }
    body(column, lanes)
    column += 8
  }
}

/// x + dx of a row; nil stands for zeros.
public func addRows(
  _ x: UnsafePointer<Float>, _ change: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, _ count: Int
) {
  guard let change else { return target.update(from: x, count: count) }
  var column = 0
  while column < count {
    write(read(x, column, count) + read(change, column, count), target, column, count)
    column += 8
  }
}

/// Whether a row holds nothing but zeros; nil does.
public func isZeroRow(_ x: UnsafePointer<Float>?, _ count: Int) -> Bool {
  guard let x else { return true }
  var column = 0
  while column < count {
    if any(read(x, column, count) .!= 0) { return false }
    column += 8
  }
  return true
}

/// a − b of two rows; nil stands for zeros.
public func subtractRows(
  _ a: UnsafePointer<Float>?, _ b: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, _ count: Int
) {
  var column = 0
  while column < count {
    let (left, right) = (a.map { read($0, column, count) }, b.map { read($0, column, count) })
    write((left ?? Lanes()) - (right ?? Lanes()), target, column, count)
    column += 8
  }
}
