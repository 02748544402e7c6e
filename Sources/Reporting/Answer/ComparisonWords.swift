import Results

/// What a comparison says, before any markup: which adapter changes attention most, through which term, and where adapters
/// differ. Terminal, markdown and page all show this.
struct ComparisonWords {
  let comparison: AdapterComparison
  let rows: ComparisonRows

  init(_ rows: ComparisonRows) {
    comparison = rows.comparison
    self.rows = rows
  }

  /// "3 adapters of base side by side".
  var title: Phrase {
    "\(Numbers.count(comparison.adapters.count, "adapter")) of \(.code(comparison.base.name)) side by side"
  }

  /// What stands above everything else where reports do not belong together, followed by ``differences``.
  var caution: Phrase? {
    comparison.differences.isEmpty
      ? nil : .strong("These reports do not belong side by side; the comparison was forced.")
  }

  /// What should be alike and is not, a sentence each.
  var differences: [Phrase] { comparison.differences.map { "\($0)" } }

  /// What the numbers leave out, a sentence each.
  var notes: [Phrase] { comparison.notes.map { "\($0)" } }

  /// The answer, the most important first.
  var answer: [Phrase] {
    guard let whole = comparison.places.first else {
      return [loss ?? "No analysis was given."] + ComparisonGroups(self).answer
    }
    let ranked = comparison.adapters.indices.filter { comparison.size($0, whole) != nil }
      .sorted { (comparison.size($0, whole) ?? 0, $1) > (comparison.size($1, whole) ?? 0, $0) }
    let points = [most(ranked, whole)] + ranked.map { term($0) } + [whereTheyDiffer, alike, loss]
    return points.compactMap(\.self) + ComparisonGroups(self).answer + [scope]
  }

  /// An adapter's name.
  func name(_ adapter: Int) -> Phrase { .code(comparison.adapters[adapter].name) }

  private func most(_ ranked: [Int], _ whole: RegionPair) -> Phrase? {
    guard let first = ranked.first, let size = comparison.size(first, whole) else { return nil }
    guard size > 0 else { return .strong("No adapter changes attention on these prompts.") }
    let (what, scale) =
      switch comparison.measure {
      case .divergence: ("nats a query and head", "averaged over all tokens, heads and layers")
      case .moved: ("of a token's attention goes elsewhere", "averaged over all tokens, heads and layers")
      case .rms: ("is the rms of the scores' change", "over all heads and layers")
      }
    let rest = ranked.dropFirst().map { "\(name($0)) \(comparison.text(comparison.size($0, whole)))" as Phrase }
    var text: Phrase =
      "\(.strong("\(name(first)) changes attention most: \(comparison.text(size)) \(what)")), \(scale)"
    if !rest.isEmpty { text = text + "; then \(.list(rest))" }
    guard ranked.count > 1, let lead = difference(first, ranked[1], whole).flatMap(comparison.measured),
      let interval = lead.interval, comparison.adapters[first].prompts > 1
    else { return text + "." }
    let verdict =
      interval.contains(0) ? "which the choice of prompts can explain" : "more than the choice of prompts explains"
    let unit = comparison.measure == .moved ? "points" : "nats"
    return text
      + ". The lead over \(name(ranked[1])) is \(comparison.difference(lead)) \(unit) prompt by prompt, \(verdict)."
  }

  /// The first adapter less the second.
  private func difference(_ first: Int, _ second: Int, _ place: RegionPair) -> AdapterComparison.PairRow? {
    let (low, high) = (min(first, second), max(first, second))
    let row = rows.pairs(place).first { $0.first == low && $0.second == high }
    return first < second ? row : row?.reversed
  }

  private var whereTheyDiffer: Phrase? {
    let parts = rows.spokenPlaces.compactMap { place -> Phrase? in
      guard let layer = rows.rankedLayers(place).first, let head = rows.rankedHeads(place).first else { return nil }
      let one: Phrase = "layer \(layer.layer) (\(extremes(layer.values)))"
      let other: Phrase = "head L\(head.layer)H\(head.head ?? 0) (\(extremes(head.values)))"
      return "\(place.words) in \(one) and \(other)"
    }
    return parts.isEmpty
      ? nil : "\(.strong("They differ most")): \(parts.joined(by: "; "))\(rows.unspoken).\(tested)"
  }

  /// In how many layers adapters are called different.
  private var tested: Phrase {
    let tested = comparison.layers.filter { $0.holm != nil }
    guard !tested.isEmpty else { return "" }
    return """
       Of \(Numbers.count(tested.count, "layer")), counted in each pair of regions, \(Numbers.count(tested.count(where: \.isDifferent))) \
      differ by more than the choice of prompts explains (Holm's correction over all of them).
      """
  }

  /// How far all of it reaches.
  private var scope: Phrase {
    let runs: Phrase =
      comparison.groups.isEmpty
      ? "one training run each: another seed may differ by more than adapters do here (\(.code("--group")) takes several)"
      : "but for the means over training runs, one training run each"
    return "\(.strong("All of this is over these prompts")), \(runs)."
  }

  /// "`full` 14 %, `k-only` 2.1 %": the largest and the smallest.
  private func extremes(_ values: [Double?]) -> Phrase {
    let known = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
    guard let top = known.max(by: { $0.1 < $1.1 }), let low = known.min(by: { $0.1 < $1.1 }) else { return "–" }
    return "\(name(top.0)) \(comparison.text(top.1)), \(name(low.0)) \(comparison.text(low.1))"
  }

  private var alike: Phrase? {
    guard let whole = comparison.places.first else { return nil }
    let rows = comparison.profiles.filter {
      $0.profile == comparison.measure.rawValue && $0.query == whole.query && $0.key == whole.key && $0.pearson != nil
    }
    guard let most = rows.max(by: { ($0.pearson ?? 0) < ($1.pearson ?? 0) }),
      let least = rows.min(by: { ($0.pearson ?? 0) < ($1.pearson ?? 0) })
    else { return nil }
    func words(_ row: AdapterComparison.ProfileRow) -> Phrase {
      "\(name(row.first)) and \(name(row.second)) (r = \(Numbers.coefficient(row.pearson)))"
    }
    return rows.count < 2
      ? "Over the heads \(words(most)) are the more alike the nearer r is to 1."
      : "\(.strong("Most alike in which heads they change")): \(words(most)); least alike: \(words(least))."
  }

  private var loss: Phrase? {
    let known = comparison.adapters.enumerated().compactMap { index, adapter in
      adapter.loss.map { (index: index, gain: $0.base - $0.adapted.value, loss: $0) }
    }
    guard let best = known.max(by: { $0.gain < $1.gain }) else { return nil }
    let all = known.sorted { ($0.gain, $1.index) > ($1.gain, $0.index) }
      .map { "\(name($0.index)) \(Numbers.size($0.loss.base)) → \(Numbers.size($0.loss.adapted.value))" as Phrase }
      .joined(by: ", ")
    guard best.gain > 0 else { return "No adapter lowers the loss: \(all)." }
    return "\(.strong("\(name(best.index)) lowers the loss most")): \(all) nats."
  }
}

extension AdapterComparison.PairRow {
  /// The second adapter less the first.
  var reversed: AdapterComparison.PairRow {
    AdapterComparison.PairRow(
      first: second, second: first, query: query, key: key, divergence: divergence?.negated,
      felt: felt?.map(\.negated), moved: moved?.negated, shares: shares.map(\.negated),
      loss: loss?.negated)
  }
}

extension AdapterComparison.Estimate {
  fileprivate var negated: AdapterComparison.Estimate {
    AdapterComparison.Estimate(-value, interval.map { -$0.upperBound ... -$0.lowerBound })
  }
}
