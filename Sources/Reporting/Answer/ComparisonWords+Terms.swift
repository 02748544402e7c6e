import Results

/// Through which term an adapter works.
extension ComparisonWords {
  /// Through which term an adapter changes scores, overall and in each pair of regions.
  func term(_ adapter: Int) -> Phrase {
    guard let place = comparison.places.first, let row = comparison.block(adapter, place), row.rms > 0 else {
      return "\(name(adapter)) changes no score."
    }
    let places = rows.spokenPlaces.compactMap { place -> Phrase? in
      guard let own = comparison.block(adapter, place), comparison.places.count > 1 else { return nil }
      return own.rms > 0 ? "\(place.words) \(dominance(comparison.leading(own)))" : "\(place.words) nothing"
    }
    let detail: Phrase = places.isEmpty ? "" : ". By region: \(places.joined(by: "; "))\(rows.unspoken)"
    let leading = comparison.leading(row)
    let whole: Phrase = comparison.measure == .divergence ? "what attention felt" : "the change that can move attention"
    return """
      \(.strong("\(name(adapter)) works \(through(leading))")): \(shares(leading)) of \(whole)\(detail).
      """
  }

  private func shares(_ shares: [AdapterComparison.Estimate]) -> String {
    Term.allCases.sorted { shares[$0.rawValue].value > shares[$1.rawValue].value }
      .map { "\($0.symbol) \(Numbers.percent(shares[$0.rawValue].value))" }.joined(separator: ", ")
  }

  /// The term that leads clearly.
  private func leader(_ shares: [AdapterComparison.Estimate]) -> Term? {
    let ranked = Term.allCases.sorted { shares[$0.rawValue].value > shares[$1.rawValue].value }
    let lead = shares[ranked[0].rawValue].value - shares[ranked[1].rawValue].value
    return lead > Dominance.clearLead ? ranked[0] : nil
  }

  private func through(_ shares: [AdapterComparison.Estimate]) -> String {
    switch leader(shares) {
    case .dKtQ?: "mostly through keys (dKᵀQ)"
    case .KtdQ?: "mostly through queries (KᵀdQ)"
    case .dKtdQ?: "mostly through both at once (dKᵀdQ)"
    case nil:
      shares[Term.dKtdQ.rawValue].value < 0.1
        ? "through keys and queries about alike (dKᵀQ and KᵀdQ)" : "through no single term"
    }
  }

  private func dominance(_ shares: [AdapterComparison.Estimate]) -> String {
    guard let term = leader(shares) else { return "mixed" }
    return "\(term.symbol) \(Numbers.percent(shares[term.rawValue].value))"
  }
}
