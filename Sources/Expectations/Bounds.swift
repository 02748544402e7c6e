/// The numbers an expectation allows: not below the lower and not above the upper bound.
public struct Bounds: Sendable, Equatable, CustomStringConvertible {
  /// Smallest allowed value; nil for none.
  public let lower: Double?
  /// Largest allowed value; nil for none.
  public let upper: Double?

  /// Bounds, of which at least one is given.
  /// - Throws: ``BoundsError`` if none is given, one is not finite, or no number lies between them.
  public init(atLeast lower: Double?, atMost upper: Double?) throws(BoundsError) {
    guard lower != nil || upper != nil else { throw .none }
    guard lower?.isFinite != false, upper?.isFinite != false else { throw .notFinite }
    if let lower, let upper, lower > upper { throw .empty(lower: lower, upper: upper) }
    self.lower = lower
    self.upper = upper
  }

  /// Values that differ from `value` by at most `tolerance`.
  /// - Throws: ``BoundsError`` if one of them is not finite or the tolerance is negative.
  public init(equals value: Double, tolerance: Double) throws(BoundsError) {
    guard tolerance >= 0 else { throw .negativeTolerance(tolerance) }
    try self.init(atLeast: value - tolerance, atMost: value + tolerance)
  }

  /// Distance from `value` to the nearer bound, negative outside; −∞ for NaN, which no bounds allow.
  public func margin(of value: Double) -> Double {
    guard !value.isNaN else { return -.infinity }
    return min(lower.map { value - $0 } ?? .infinity, upper.map { $0 - value } ?? .infinity)
  }

  /// The bound that decides about `value`: the nearer one.
  public func limit(for value: Double) -> Double {
    switch (lower, upper) {
    case (let lower?, let upper?): value - lower < upper - value ? lower : upper
    case (let lower?, nil): lower
    case (nil, let upper?): upper
    case (nil, nil): .nan
    }
  }

  /// "at most 0.2", "at least 0.1", "between 0.1 and 0.2".
  public var description: String {
    switch (lower, upper) {
    case (let lower?, let upper?): "between \(lower.short) and \(upper.short)"
    case (let lower?, nil): "at least \(lower.short)"
    case (nil, let upper?): "at most \(upper.short)"
    case (nil, nil): "anything"
    }
  }
}

/// Bounds that allow everything or nothing.
public enum BoundsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Neither a lower nor an upper bound is given.
  case none
  /// A bound is infinite or not a number.
  case notFinite
  /// The lower bound lies above the upper one.
  case empty(lower: Double, upper: Double)
  /// A tolerance below zero.
  case negativeTolerance(Double)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .none: "no bound is given; give a least or a greatest value, or both"
    case .notFinite: "a bound has to be a finite number"
    case .empty(let lower, let upper):
      "no number is at least \(lower.short) and at most \(upper.short); exchange the two"
    case .negativeTolerance(let tolerance): "a tolerance of \(tolerance.short) is negative"
    }
  }
}
