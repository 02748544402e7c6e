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
  /// - Parameter centered: nil for what reports say that leads: by nats of attention, or where the analysis has none by the scores'
  ///   energy. Otherwise by the energy of ΔS, centred or raw.
  public static func dominantTerm(
    is verdict: Dominance, in selection: Selection, centered: Bool? = nil, reason: String? = nil
  ) -> AnalysisExpectation {
    let name = centered.map { $0 ? "centered dominant term" : "raw dominant term" } ?? "dominant term"
    return AnalysisExpectation(subject: "\(name), \(selection)", requirement: verdict.text, reason: reason) {
      analysis throws(SelectionError) in
      let splits = TermSplits(analysis)
      return try selection.blocks(of: analysis).map { block in
        let (split, yardstick) =
          centered.map { isCentered -> (TermSplit, Yardstick) in
            let yardstick = Yardstick.energy(isCentered: isCentered)
            return (TermSplit(block, nil, by: yardstick), yardstick)
          } ?? splits[block]
        let (value, limit, margin) = split.margin(for: verdict)
        return Finding(
          place: Place(block), value: value, limit: limit, margin: margin, holds: split.dominantTerm == verdict,
          account: split.account(of: verdict, value, yardstick))
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

extension TermSplit {
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
      return (lead, Dominance.clearLead, size > 0 ? Dominance.clearLead - lead : -Dominance.clearLead)
    case .unchanged:
      return (size, 0, -size)
    }
  }

  /// What the verdict is, and how far from the expected one.
  fileprivate func account(of expected: Dominance, _ value: Double, _ yardstick: Yardstick) -> String {
    let unit = yardstick == .nats ? " in nats" : ""
    let shares = Term.allCases.map { "\($0.symbol) \(self[$0].share.short)" }.joined(separator: ", ")
    let found =
      switch dominantTerm {
      case .unchanged: "is unchanged"
      case .mixed: "is mixed (shares\(unit) \(shares))"
      case .term(let term): "has \(term.symbol) (shares\(unit) \(shares))"
      }
    if dominantTerm == .unchanged { return expected == .unchanged ? "" : "\(found), so no term is dominant" }
    let distance =
      switch expected {
      case .term(let term):
        "\(term.symbol) leads by \(value.short), more than \(Dominance.clearLead.short) makes it dominant"
      case .mixed: "the largest share leads by \(value.short), at most \(Dominance.clearLead.short) is mixed"
      case .unchanged:
        "\(yardstick == .nats ? "attention felt \(value.short) nats" : "the rms of ΔS is \(value.short)"), 0 is unchanged"
      }
    return "\(found): \(distance)"
  }
}
