import Results

/// A kind of number that an analysis holds at one or several places, and how to read it.
///
/// The quantities of this module are made with static functions. Another one needs nothing but a name and a
/// function that reads it:
///
///     let pairs = Quantity("pairs") { analysis, selection throws(SelectionError) in
///       try selection.blocks(of: analysis).map { Reading(place: Place($0), value: Double($0.pairs)) }
///     }
public struct Quantity: Sendable {
  /// The name, for messages: "share of dKᵀQ".
  public let name: String
  /// The selected readings, at least one.
  public let readings: @Sendable (Analysis, Selection) throws(SelectionError) -> [Reading]

  /// A quantity from its name and the function that reads it.
  public init(
    _ name: String, readings: @escaping @Sendable (Analysis, Selection) throws(SelectionError) -> [Reading]
  ) {
    self.name = name
    self.readings = readings
  }
}

/// What a magnitude is of: the change of the score, or one of its three terms.
public enum ScorePart: String, Sendable, CaseIterable {
  /// dKᵀQ: the keys changed under the base's queries.
  case dKtQ
  /// KᵀdQ: the queries changed over the base's keys.
  case KtdQ
  /// dKᵀdQ: both changed.
  case dKtdQ
  /// ΔS, the sum of the three.
  case delta

  /// The term; nil for the whole change.
  public var term: Term? {
    switch self {
    case .dKtQ: .dKtQ
    case .KtdQ: .KtdQ
    case .dKtdQ: .dKtdQ
    case .delta: nil
    }
  }

  /// "dKᵀQ", …, "ΔS".
  public var symbol: String { term?.symbol ?? "ΔS" }
}

/// A statistic of a block's magnitudes.
public enum MagnitudeStatistic: String, Sendable, CaseIterable {
  /// (1/n) Σ T.
  case mean
  /// (1/n) Σ |T|.
  case meanAbs
  /// √((1/n) Σ T²).
  case rms
  /// max |T|.
  case maxAbs

  func value(_ magnitude: Magnitude) -> Double {
    switch self {
    case .mean: magnitude.mean
    case .meanAbs: magnitude.meanAbs
    case .rms: magnitude.rms
    case .maxAbs: magnitude.maxAbs
    }
  }
}

extension Quantity {
  /// The part of the change's energy that a term explains: ΣTΔ / ΣΔ².
  public static func share(of term: Term, centered: Bool = false) -> Quantity {
    perBlock("share of \(term.symbol)", centered) { $0[term].share }
  }

  /// The fraction of pairs in which a term alone has the largest magnitude.
  public static func dominance(of term: Term, centered: Bool = false) -> Quantity {
    perBlock("dominance of \(term.symbol)", centered) { $0[term].dominance }
  }

  /// A magnitude of a term or of the whole change, in units of the score.
  public static func magnitude(
    _ statistic: MagnitudeStatistic, of part: ScorePart, centered: Bool = false
  ) -> Quantity {
    perBlock("\(statistic.rawValue) of \(part.symbol)", centered) { decomposition in
      statistic.value(part.term.map { decomposition[$0].magnitude } ?? decomposition.delta)
    }
  }

  private static func perBlock(
    _ name: String, _ centered: Bool, _ value: @escaping @Sendable (Decomposition) -> Double
  ) -> Quantity {
    Quantity(centered ? "centered \(name)" : name) { analysis, selection throws(SelectionError) in
      try selection.blocks(of: analysis).map {
        Reading(place: Place($0), value: value(centered ? $0.centered : $0.raw))
      }
    }
  }

  /// √(Σ‖dx‖² / Σ‖x‖²) of the residual stream entering the selected layers, over the tokens of a region.
  public static let streamDivergence = Quantity("stream divergence") {
    analysis, selection throws(SelectionError) in
    try selection.streamRows(of: analysis).map {
      Reading(place: $0.place, value: $0.relative)
    }
  }

  /// The largest |ΔS − Σ terms| / rms ΔS of the analysis's sampled rows.
  public static let closure = Quantity("closure error") { analysis, _ throws(SelectionError) in
    guard analysis.closure.rows > 0 else {
      throw SelectionError("the analysis sampled no row for its closure error")
    }
    return [Reading(place: Place(), value: analysis.closure.maximum)]
  }
}
