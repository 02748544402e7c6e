import Results

/// A loss: of one model, or how far one is from the other.
public enum LossPart: String, Sendable, CaseIterable {
  /// The base's.
  case base
  /// The adapted model's.
  case adapted
  /// Adapted less base: negative where the adapter helps.
  case difference

  func value(base: Double, adapted: Double) -> Double {
    switch self {
    case .base: base
    case .adapted: adapted
    case .difference: adapted - base
    }
  }

  var phrase: String { self == .difference ? "loss, adapted less base" : "loss, \(rawValue)" }
}

extension Quantity {
  /// The mean next-token loss over all tokens that are judged, in nats.
  public static func loss(_ part: LossPart) -> Quantity {
    Quantity(part.phrase) { analysis, _ throws(SelectionError) in
      guard let loss = analysis.loss else {
        throw SelectionError("the analysis holds no losses; run leibniz analyze with --loss")
      }
      guard let mean = loss.mean else { throw SelectionError("no token follows a separator, so there is no loss") }
      return [Reading(place: Place(), value: part.value(base: mean.base, adapted: mean.adapted))]
    }
  }

  /// The mean of KL(base ‖ adapted) over the predictions that a region's tokens make, in nats.
  public static let predictionDivergence = Quantity("KL(base ‖ adapted)") {
    analysis, selection throws(SelectionError) in
    guard let loss = analysis.loss, !loss.divergence.isEmpty else {
      throw SelectionError("the analysis holds no divergence of predictions; run leibniz analyze with --loss")
    }
    if let region = selection.region, !analysis.regions.contains(region.name) {
      throw .unknown(region, of: analysis)
    }
    let rows = loss.divergence.filter { selection.region == nil || selection.region?.name == $0.region }
    guard !rows.isEmpty else { throw SelectionError("no token there makes a prediction") }
    return rows.map { Reading(place: Place(.region($0.region)), value: $0.kl) }
  }
}

extension Expectation where Document == Analysis {
  /// The mean of KL(base ‖ adapted) over the predictions of a region's tokens, or of each region's, lies within bounds.
  public static func predictionDivergence(
    of region: RegionName?, within bounds: Bounds, reason: String? = nil
  ) -> AnalysisExpectation {
    var expectation = number(
      .predictionDivergence, of: Selection(region: region), within: bounds, reason: reason)
    expectation.subject = Quantity.predictionDivergence.name + (region.map { ", region \($0)" } ?? "")
    return expectation
  }

  /// The analysis was verified and passed: no statistic disagrees with plain double-precision runs by more than the limit,
  /// by default the verification's own, and every promised zero is one.
  public static func verification(isAtMost limit: Double? = nil, reason: String? = nil) -> AnalysisExpectation {
    AnalysisExpectation(
      subject: "verification", requirement: Verification.requirement(limit), reason: reason
    ) { analysis throws(SelectionError) in
      try [Verification.finding(analysis.verification, limit: limit, command: "analyze")]
    }
  }
}

extension Verification {
  /// "passed", "passed with disagreements of at most 1e-05".
  static func requirement(_ limit: Double?) -> String {
    limit.map { "passed, with disagreements of at most \($0.short)" } ?? "passed"
  }

  /// The largest disagreement, held against a limit.
  static func finding(
    _ verification: Verification?, limit: Double?, command: String
  ) throws(SelectionError) -> Finding {
    guard let verification else {
      throw SelectionError("nothing was verified; run leibniz \(command) with --verify")
    }
    let worst = verification.worst.max { !($1.difference <= $0.difference) }
    let (value, limit) = (worst?.difference ?? 0, limit ?? verification.tolerance)
    let place = worst.map { " (\($0.statistic) at \($0.place))" } ?? ""
    let verdict = verification.passed ? "has" : "failed, with"
    return Finding(
      place: Place(), value: value, limit: limit, margin: limit - value,
      holds: verification.passed && value <= limit,
      account: "\(verdict) a largest disagreement of \(value.short)\(place)")
  }
}
