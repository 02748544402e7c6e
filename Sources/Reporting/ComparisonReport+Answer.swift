import Results

/// The answer in words: which adapter changes attention most, through which term, and where adapters differ.
extension ComparisonReport {
  var answer: String {
    guard let whole = comparison.places.first else { return lossAnswer ?? "No analysis was given." }
    let ranked = comparison.adapters.indices.filter { comparison.size($0, whole) != nil }
      .sorted { (comparison.size($0, whole) ?? 0, $1) > (comparison.size($1, whole) ?? 0, $0) }
    let lines = [most(ranked, whole)] + ranked.map { term($0) } + [whereTheyDiffer, alike, lossAnswer]
    return lines.compactMap(\.self).map { "- \($0)" }.joined(separator: "\n")
  }

  private func most(_ ranked: [Int], _ whole: RegionPair) -> String? {
    guard let first = ranked.first, let size = comparison.size(first, whole) else { return nil }
    guard size > 0 else { return "**No adapter changes attention on these prompts.**" }
    let (what, scale) =
      comparison.measure == .moved
      ? ("of a token's attention goes elsewhere", "averaged over all tokens, heads and layers")
      : ("is the rms of the scores' change", "over all heads and layers")
    let rest = ranked.dropFirst().map { "\(name($0)) \(comparison.text(comparison.size($0, whole)))" }
    var text = "**\(name(first)) changes attention most: \(comparison.text(size)) \(what)**, \(scale)"
    if !rest.isEmpty { text += "; then \(Markdown.list(rest))" }
    guard ranked.count > 1, let lead = difference(first, ranked[1], whole)?.moved else { return text + "." }
    let points = "\(Numbers.points(lead.value)) points"
    guard let interval = lead.interval, comparison.adapters[first].prompts > 1 else { return text + "." }
    let verdict = interval.contains(0) ? "which can be chance" : "more than chance explains"
    return text
      + ". The lead over \(name(ranked[1])) is \(points) [\(Numbers.interval(interval).replacing(" %", with: ""))] prompt by prompt, \(verdict)."
  }

  /// The first adapter less the second.
  func difference(_ first: Int, _ second: Int, _ place: RegionPair) -> AdapterComparison.PairRow? {
    let (low, high) = (min(first, second), max(first, second))
    let row = comparison.pairs.first {
      $0.first == low && $0.second == high && $0.query == place.query && $0.key == place.key
    }
    return first < second ? row : row?.reversed
  }

  /// Through which term an adapter changes scores, overall and in each pair of regions.
  private func term(_ adapter: Int) -> String? {
    guard let whole = comparison.places.first, let row = comparison.block(adapter, whole), row.rms > 0 else {
      return "\(name(adapter)) changes no score."
    }
    let places = comparison.places.filter { !$0.isAll }.compactMap { place -> String? in
      guard let own = comparison.block(adapter, place), comparison.places.count > 1 else { return nil }
      return own.rms > 0
        ? "\(Markdown.inline(place.words)) \(dominance(own.leading))" : "\(Markdown.inline(place.words)) nothing"
    }
    let detail = places.isEmpty ? "" : ". By region: \(places.joined(separator: "; "))"
    return """
      **\(name(adapter)) works \(through(row.leading))**: \(shares(row.leading)) of the change that can move \
      attention\(detail).
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

  private var whereTheyDiffer: String? {
    let places = comparison.places.filter { !$0.isAll || comparison.places.count == 1 }
    let parts = places.compactMap { place -> String? in
      guard let layer = ranked(comparison.layers, place).first, let head = ranked(comparison.heads, place).first else {
        return nil
      }
      let one = "layer \(layer.layer) (\(extremes(layer.values)))"
      let other = "head L\(head.layer)H\(head.head ?? 0) (\(extremes(head.values)))"
      return "\(Markdown.inline(place.words)) in \(one) and \(other)"
    }
    return parts.isEmpty ? nil : "**They differ most**: \(parts.joined(separator: "; "))."
  }

  /// Rows of a place in which adapters differ at all, those that differ most first.
  func ranked(_ rows: [AdapterComparison.SpreadRow], _ place: RegionPair) -> [AdapterComparison.SpreadRow] {
    rows.filter { $0.query == place.query && $0.key == place.key && $0.spread.value > 0 }.enumerated().sorted {
      ($0.element.spread.value, $1.offset) > ($1.element.spread.value, $0.offset)
    }.map(\.element)
  }

  /// "`full` 14 %, `k-only` 2.1 %": the largest and the smallest.
  private func extremes(_ values: [Double?]) -> String {
    let known = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
    guard let top = known.max(by: { $0.1 < $1.1 }), let low = known.min(by: { $0.1 < $1.1 }) else { return "–" }
    return "\(name(top.0)) \(comparison.text(top.1)), \(name(low.0)) \(comparison.text(low.1))"
  }

  private var alike: String? {
    guard let whole = comparison.places.first else { return nil }
    let rows = comparison.profiles.filter {
      $0.profile == comparison.measure.rawValue && $0.query == whole.query && $0.key == whole.key && $0.pearson != nil
    }
    guard let most = rows.max(by: { ($0.pearson ?? 0) < ($1.pearson ?? 0) }),
      let least = rows.min(by: { ($0.pearson ?? 0) < ($1.pearson ?? 0) })
    else { return nil }
    func words(_ row: AdapterComparison.ProfileRow) -> String {
      "\(name(row.first)) and \(name(row.second)) (r = \(Numbers.coefficient(row.pearson)))"
    }
    return rows.count < 2
      ? "Over the heads \(words(most)) are the more alike the nearer r is to 1."
      : "**Most alike in which heads they change**: \(words(most)); least alike: \(words(least))."
  }

  private var lossAnswer: String? {
    let known = comparison.adapters.enumerated().compactMap { index, adapter in
      adapter.loss.map { (index: index, gain: $0.base - $0.adapted.value, loss: $0) }
    }
    guard let best = known.max(by: { $0.gain < $1.gain }) else { return nil }
    let all = known.sorted { ($0.gain, $1.index) > ($1.gain, $0.index) }
      .map { "\(name($0.index)) \(Numbers.size($0.loss.base)) → \(Numbers.size($0.loss.adapted.value))" }
    guard best.gain > 0 else { return "No adapter lowers the loss: \(all.joined(separator: ", "))." }
    return "**\(name(best.index)) lowers the loss most**: \(all.joined(separator: ", ")) nats."
  }
}

extension AdapterComparison.PairRow {
  /// The second adapter less the first.
  var reversed: AdapterComparison.PairRow {
    AdapterComparison.PairRow(
      first: second, second: first, query: query, key: key, moved: moved?.negated, shares: shares.map(\.negated),
      loss: loss?.negated)
  }
}

extension AdapterComparison.Estimate {
  fileprivate var negated: AdapterComparison.Estimate {
    AdapterComparison.Estimate(-value, interval.map { -$0.upperBound ... -$0.lowerBound })
  }
}
