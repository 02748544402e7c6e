import Results

/// A kind of number that an ablation holds for each of its interventions.
public struct AblationQuantity: Sendable {
  /// The name, for messages: "benefit lost".
  public let name: String
  /// The readings of the interventions of a name, or of all of them; at least one.
  public let readings: @Sendable (_ ablation: Ablation, _ name: String?) throws(SelectionError) -> [Reading]

  /// A quantity from its name and the function that reads it.
  public init(
    _ name: String,
    readings: @escaping @Sendable (_ ablation: Ablation, _ name: String?) throws(SelectionError) -> [Reading]
  ) {
    self.name = name
    self.readings = readings
  }

  /// (intervened − adapted) / (base − adapted loss), pooled over the prompts.
  public static let benefitLost = AblationQuantity("benefit lost") { ablation, name throws(SelectionError) in
    var readings: [Reading] = []
    for knockout in try ablation.named(name) {
      guard let lost = knockout.benefitLost else {
        throw SelectionError("the adapter does not lower the loss, so there is no benefit to lose; kl tells what moved")
      }
      readings.append(Reading(place: Place(.named(knockout.name)), value: lost))
    }
    return readings
  }

  /// The mean of KL(adapted ‖ intervened) over the predictions, in nats.
  public static let divergence = pooled("KL(adapted ‖ intervened)") { $0.kl }

  /// The fraction of predictions whose likeliest token is the adapted model's.
  public static let agreement = pooled("agreement") { $0.agreement }

  private static func pooled(
    _ title: String, _ value: @escaping @Sendable (PredictionOutcome) -> Double
  ) -> AblationQuantity {
    AblationQuantity(title) { ablation, name throws(SelectionError) in
      var readings: [Reading] = []
      for knockout in try ablation.named(name) {
        readings.append(Reading(place: Place(.named(knockout.name)), value: value(try knockout.outcome())))
      }
      return readings
    }
  }

  /// The mean next-token loss of the predicted tokens, in nats.
  public static func loss(_ part: LossPart) -> AblationQuantity {
    AblationQuantity("\(part.phrase), of the ablation") { ablation, _ throws(SelectionError) in
      // Every intervention is measured beside the same two runs.
      let outcome = try ablation.named(nil)[0].outcome()
      return [Reading(place: Place(), value: part.value(base: outcome.base, adapted: outcome.adapted))]
    }
  }
}

extension Knockout {
  fileprivate func outcome() throws(SelectionError) -> PredictionOutcome {
    guard let pooled else { throw SelectionError("no token was predicted") }
    return pooled
  }
}

extension Ablation {
  /// The interventions of a name, or all of them; at least one.
  fileprivate func named(_ name: String?) throws(SelectionError) -> [Knockout] {
    let all = overview + knockouts
    let selected = all.filter { name == nil || $0.name == name }
    guard selected.isEmpty else { return selected }
    guard let name else { throw SelectionError("it holds no intervention") }
    let hint = suggestion(for: name, among: all.map(\.name)).map { "; did you mean \($0)?" } ?? "."
    let known = all.prefix(12).map(\.name).joined(separator: "; ")
    throw SelectionError(
      "there is no intervention “\(name)”\(hint) There are: \(known)\(all.count > 12 ? "; and \(all.count - 12) more" : "")"
    )
  }
}

extension Expectation where Document == Ablation {
  /// A quantity lies within bounds for the interventions of a name, or for all of them.
  public static func number(
    _ quantity: AblationQuantity, of knockout: String? = nil, within bounds: Bounds, reason: String? = nil
  ) -> AblationExpectation {
    let subject = knockout.map { "\(quantity.name) of \($0)" } ?? quantity.name
    return AblationExpectation(subject: subject, requirement: bounds.description, reason: reason) {
      ablation throws(SelectionError) in
      try quantity.readings(ablation, knockout).map { Finding($0, bounds: bounds) }
    }
  }

  /// The ablation was verified and passed: as for an analysis.
  public static func verification(isAtMost limit: Double? = nil, reason: String? = nil) -> AblationExpectation {
    AblationExpectation(
      subject: "verification of the ablation", requirement: Verification.requirement(limit), reason: reason
    ) { ablation throws(SelectionError) in
      try [Verification.finding(ablation.verification, limit: limit, command: "ablate")]
    }
  }
}
