import Results

/// What figures show, said in their titles.
enum FigureTitles {
  /// "KᵀdQ leads in 24 of 30 layers, after → before", of the pair of regions that the headline is of; "No term leads overall, KᵀdQ in 15
  /// of 30 layers, …" where the layers that hold most of the change say otherwise.
  static func shares(_ first: Findings) -> String {
    guard let most = first.verdicts.max(by: { ($0.layers.count, $0.part) < ($1.layers.count, $1.part) }) else {
      return "Shares of the terms by layer"
    }
    let (count, all) = (most.layers.count, first.layers.count)
    let place = all == 1 ? "" : count == all ? " in all \(all) layers" : " in \(count) of \(all) layers"
    let whole =
      switch first.leader {
      case .term(let term): "\(term.symbol) leads"
      case .mixed: "No term leads"
      case .unchanged: "Nothing changes"
      }
    let rest = most.verdict == first.leader ? "" : " overall, \(most.verdict.symbol)"
    return "\(whole)\(rest)\(place), \(first.pair.short)"
  }

  /// "Heads, after → before: L18H7 changed most (2.9 %)".
  static func heads(_ findings: Findings) -> String {
    let most = findings.heads.first.map { ": \($0.name) changed most (\(Numbers.percent($0.part)))" } ?? ""
    return "Heads, \(findings.pair.short)\(most)"
  }

  /// "The residual stream moved most in after: 12 % entering L29".
  static func stream(_ largest: (region: String, layer: Int, value: Double)?) -> String {
    guard let largest else { return "Residual-stream divergence" }
    return """
      The residual stream moved most in \(largest.region.shortened(to: 24)): \(Numbers.fine(largest.value)) entering \
      L\(largest.layer)
      """
  }

  /// "What down adds on tokens of after changes by 0.160 in L0 and 0.960 in L5".
  static func products(_ rows: [ProductChange], region: String?) -> String {
    let own = rows.filter { $0.site == .down && $0.region == region }.sorted { $0.layer < $1.layer }
    guard let region, let first = own.first, let last = own.last, first.layer < last.layer else {
      return "Where the change grows or dies"
    }
    return """
      What down adds on tokens of \(region.shortened(to: 24)) changes by \(Numbers.size(first.delta)) in L\(first.layer) and \
      \(Numbers.size(last.delta)) in L\(last.layer)
      """
  }
}

extension RegionPair {
  /// The title, of names that fit a figure.
  var short: String { "\(query.shortened(to: 24)) → \(key.shortened(to: 24))" }
}

extension String {
  /// The text, cut where it is longer.
  func shortened(to length: Int) -> String { count <= length ? self : prefix(length - 1) + "…" }
}
