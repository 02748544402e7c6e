import Foundation
import LinearAlgebra

/// How one prediction of an intervened run differs from the adapted model's, gathered over slices of the vocabulary.
///
/// The divergence is that of ``PredictionShift``, with the adapted model in the base's place. The loss follows from the same
/// sums: the log-sum-exp grows by E[Δ] and the divergence, so that a loss that is hardly another keeps its digits.
public struct InterventionShift: Sendable {
  /// Its likeliest token.
  public private(set) var likeliest: LikeliestToken
  private var shift: PredictionShift
  /// The change of the target's logit.
  private var target: Float
  /// Whether nothing of the adapted model's change is left.
  private var isBase: Bool
  /// Its own sums, where it predicts from another vocabulary than the adapted model, whose loss then tells nothing of its own.
  private var sums: PredictionSums?

  /// The shift on a slice.
  /// - Parameters:
  ///   - adapted: The adapted model's logits z.
  ///   - difference: z′ − z, (count); nil for a run that equals the adapted model.
  ///   - target: The column of the token that follows, where the slice has it.
  ///   - isBase: Whether z′ are the base's logits.
  ///   - sums: Its own sums, where its vocabulary is not the adapted model's.
  public init(
    _ adapted: ReferenceLogits, difference: UnsafePointer<Float>?, likeliest: LikeliestToken, target: Int?,
    isBase: Bool = false, sums: PredictionSums? = nil
  ) {
    self.likeliest = likeliest
    self.isBase = isBase
    self.sums = sums
    self.target = target.flatMap { column in difference.map { $0[column] } } ?? 0
    shift = difference.map(adapted.shift) ?? adapted.unchanged
  }

  /// A slice that one of the two vocabularies lacks, or both: it bears on no divergence.
  public init(likeliest: LikeliestToken, isBase: Bool, sums: PredictionSums?) {
    (self.likeliest, self.isBase, self.sums) = (likeliest, isBase, sums)
    (shift, target) = (PredictionShift(), 0)
  }

  /// Adds another slice.
  public static func += (left: inout InterventionShift, right: InterventionShift) {
    left.likeliest += right.likeliest
    left.shift += right.shift
    // One slice alone has the target.
    left.target += right.target
    left.isBase = left.isBase && right.isBase
    if let sums = right.sums { left.sums? += sums }
  }

  /// KL(adapted ‖ intervened) in nats, over the rows that both vocabularies have; rounding is not let below zero.
  public var divergence: Double { shift.divergence < 0 ? 0 : shift.divergence }

  /// −log of the probability of the token that follows, in nats, by those of the two models: the base's to the bit where
  /// nothing of the change is left; infinite where its vocabulary lacks the token.
  public func loss(adapted: PredictionSums, base: PredictionSums) -> Double {
    isBase ? base.loss : sums?.loss ?? adapted.loss + (shift.growth - Double(target))
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
    var lanes = Lanes(repeating: -.infinity)
    forColumns(logits, change, count) { lanes = larger(lanes, $1) }
    let largest = LinearAlgebra.largest(lanes)
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
  writeLanes(count, target) { read(x, $0, count) + read(change, $0, count) }
}

/// Whether a row holds nothing but zeros; nil does.
public func isZeroRow(_ x: UnsafePointer<Float>?, _ count: Int) -> Bool {
  guard let x else { return true }
  var column = 0
  while column < count {
    // Or-ed bits, since comparing lanes takes them one by one.
    var bits = SIMD8<UInt32>()
    for _ in 0..<8 where column < count {
      bits |= unsafeBitCast(magnitude(read(x, column, count)), to: SIMD8<UInt32>.self)
      column += 8
    }
    let half = bits.lowHalf | bits.highHalf
    if half[0] | half[1] | half[2] | half[3] != 0 { return false }
  }
  return true
}

/// a − b of two rows; nil stands for zeros.
public func subtractRows(
  _ a: UnsafePointer<Float>?, _ b: UnsafePointer<Float>?, into target: UnsafeMutablePointer<Float>, _ count: Int
) {
  switch (a, b) {
  case (nil, nil): target.update(repeating: 0, count: count)
  case (let a?, nil): target.update(from: a, count: count)
  case (nil, let b?): writeLanes(count, target) { Lanes() - read(b, $0, count) }
  case (let a?, let b?): writeLanes(count, target) { read(a, $0, count) - read(b, $0, count) }
  }
}

@inline(__always)
private func writeLanes(_ count: Int, _ target: UnsafeMutablePointer<Float>, _ lanes: (Int) -> Lanes) {
  var column = 0
  while column < count {
    write(lanes(column), target, column, count)
    column += 8
  }
}
