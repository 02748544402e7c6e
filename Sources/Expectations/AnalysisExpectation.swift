import Results

extension AnalysisExpectation {
  /// A quantity lies within bounds at every selected place.
  public static func number(
    _ quantity: Quantity, of selection: Selection? = nil, within bounds: Bounds, reason: String? = nil
  ) -> AnalysisExpectation {
    let subject = selection.map { "\(quantity.name), \($0)" } ?? quantity.name
    return AnalysisExpectation(subject: subject, requirement: bounds.description, reason: reason) {
      analysis throws(SelectionError) in
      try quantity.readings(analysis, selection ?? Selection()).map { Finding($0, bounds: bounds) }
    }
  }

  /// A term is zero in every selected block because the mask or the adapter's targets force it.
  public static func structuralZero(
    of term: Term, in selection: Selection, reason: String? = nil
  ) -> AnalysisExpectation {
    AnalysisExpectation(
      subject: "\(term.symbol), \(selection)",
      requirement: "structurally zero (forced by the mask or the adapter's targets)", reason: reason
    ) { analysis throws(SelectionError) in
      try selection.blocks(of: analysis).map { block in
        let statistics = block.raw[term]
        let rms = statistics.magnitude.rms
        return Finding(
          place: Place(block), value: rms, limit: 0, margin: rms == 0 ? 0 : -rms,
          holds: statistics.zero == .structural && rms == 0, account: statistics.zeroAccount)
      }
    }
  }

  /// Every selected block has this dominant term, or is mixed, or unchanged.
  public static func dominantTerm(
    is verdict: Dominance, in selection: Selection, centered: Bool = false, reason: String? = nil
  ) -> AnalysisExpectation {
    AnalysisExpectation(
      subject: "\(centered ? "centered dominant term" : "dominant term"), \(selection)",
      requirement: verdict.text, reason: reason
    ) { analysis throws(SelectionError) in
      try selection.blocks(of: analysis).map { block in
        let decomposition = centered ? block.centered : block.raw
        let (value, limit, margin) = decomposition.margin(for: verdict)
        return Finding(
          place: Place(block), value: value, limit: limit, margin: margin,
          holds: decomposition.dominantTerm == verdict, account: decomposition.account(of: verdict, value))
      }
    }
  }
}

extension TermStatistics {
  fileprivate var zeroAccount: String {
    switch zero {
    case .structural: magnitude.rms == 0 ? "" : "is marked as forced, yet has rms \(magnitude.rms.short)"
    case .measured: "is zero only in its values: nothing forces it"
    case .leak: "leaks: it is promised to be zero and has rms \(magnitude.rms.short)"
    case nil: "has rms \(magnitude.rms.short) instead of 0"
    }
  }
}

extension Dominance {
  /// "KᵀdQ", "mixed (…)", "unchanged".
  var text: String {
    switch self {
    case .term(let term): term.symbol
    case .mixed: "mixed (the two largest shares within \(Dominance.clearLead.short))"
    case .unchanged: "unchanged"
    }
  }
}

extension Decomposition {
  /// The lead that decides about a verdict, its limit and the distance to it.
  fileprivate func margin(for verdict: Dominance) -> (value: Double, limit: Double, margin: Double) {
    switch verdict {
    case .term(let term):
      let others = Term.allCases.filter { $0 != term }.map { self[$0].share }
      let lead = self[term].share - (others.max() ?? 0)
      return (lead, Dominance.clearLead, lead - Dominance.clearLead)
    case .mixed:
      let shares = Term.allCases.map { self[$0].share }.sorted(by: >)
      let lead = shares[0] - shares[1]
      return (lead, Dominance.clearLead, delta.rms > 0 ? Dominance.clearLead - lead : -Dominance.clearLead)
    case .unchanged:
      return (delta.rms, 0, -delta.rms)
    }
  }

  /// What the verdict is, and how far from the expected one.
  fileprivate func account(of expected: Dominance, _ value: Double) -> String {
    let shares = Term.allCases.map { "\($0.symbol) \(self[$0].share.short)" }.joined(separator: ", ")
    let found =
      switch dominantTerm {
      case .unchanged: "is unchanged"
      case .mixed: "is mixed (shares \(shares))"
      case .term(let term): "has \(term.symbol) (shares \(shares))"
      }
    if dominantTerm == .unchanged { return expected == .unchanged ? "" : "\(found), so no term is dominant" }
    let distance =
      switch expected {
      case .term(let term):
        "\(term.symbol) leads by \(value.short), more than \(Dominance.clearLead.short) makes it dominant"
      case .mixed: "the largest share leads by \(value.short), at most \(Dominance.clearLead.short) is mixed"
      case .unchanged: "the rms of ΔS is \(value.short), 0 is unchanged"
      }
    return "\(found): \(distance)"
  }
}
