import Results
import Statistics

/// How adapters differ: in blocks, layers, heads and interventions.
extension Comparer {
  typealias Estimate = AdapterComparison.Estimate

  var pairs: [AdapterComparison.PairRow] {
    couples.flatMap { first, second in
      let places = places.isEmpty ? [.all] : places
      return places.enumerated().compactMap { index, place in
        let loss = index == 0 ? lossDifference(first, second) : nil
        let sums = [first, second].map { analyses[$0]?.sums(place) }
        guard let one = sums[0], let other = sums[1] else {
          return loss.map {
            AdapterComparison.PairRow(
              first: first, second: second, query: place.query, key: place.key, moved: nil, shares: [], loss: $0)
          }
        }
        func mean(_ a: Double?, _ b: Double?, _ part: (PromptContribution) -> [Double]?) -> Estimate? {
          guard let a, let b else { return nil }
          return Estimate(a - b, interval(first, second) { $0.ratios(place, part) })
        }
        func shares(_ a: [Double], _ b: [Double], _ part: (PromptContribution) -> PromptContribution.Energies?)
          -> [Estimate]
        {
          zip(a, b).enumerated().map { term, shares in
            Estimate(shares.0 - shares.1, interval(first, second) { $0.shareRatios(place, part)?[term] })
          }
        }
        return AdapterComparison.PairRow(
          first: first, second: second, query: place.query, key: place.key,
          divergence: mean(one.divergence, other.divergence, \.divergence),
          felt: one.feltShares.flatMap { a in other.feltShares.map { shares(a, $0, \.felt) } },
          moved: mean(one.meanMoved, other.meanMoved, \.moved),
          shares: shares(one.shares(\.raw), other.shares(\.raw), \.raw), loss: loss)
      }
    }
  }

  /// The interval of a difference between two adapters, paired by prompt.
  private func interval(
    _ first: Int, _ second: Int, _ ratios: (ComparedAnalysis) -> ComparedAnalysis.Ratios?
  ) -> ClosedRange<Double>? { difference(first, second, ratios)?.interval }

  /// The difference between two adapters, paired by prompt.
  private func difference(
    _ first: Int, _ second: Int, _ ratios: (ComparedAnalysis) -> ComparedAnalysis.Ratios?
  ) -> RatioEstimate? {
    guard isPaired(first, second), let a = analyses[first].flatMap(ratios), let b = analyses[second].flatMap(ratios)
    else { return nil }
    return RatioEstimate.difference(a, b)
  }

  private func lossDifference(_ first: Int, _ second: Int) -> Estimate? {
    func source(_ report: ComparedReport) -> String? {
      report.analysis?.loss == nil ? report.ablation?.promptsFingerprint : report.analysis?.promptsFingerprint
    }
    guard let one = losses(reports[first]), let other = losses(reports[second]), one.count == other.count,
      source(reports[first]) == source(reports[second])
    else { return nil }
    let both = zip(one, other).map { a, b in a.flatMap { a in b.map { (first: a, second: $0) } } }
    let known = both.compactMap(\.self)
    guard !known.isEmpty else { return nil }
    let (a, b) = (both.map { $0?.first }, both.map { $0?.second })
    func mean(_ losses: [PromptLoss]) -> Double {
      losses.reduce(0) { $0 + $1.adapted * $1.weight } / losses.reduce(0) { $0 + $1.weight }
    }
    return Estimate(
      mean(known.map(\.first)) - mean(known.map(\.second)), RatioEstimate.differenceInterval(ratios(a), ratios(b)))
  }

  var layers: [AdapterComparison.SpreadRow] {
    let count = analyses.compactMap { $0?.analysis.base.layers }.max() ?? 0
    var rows = places.flatMap { place in (0..<count).compactMap { spread(layer: $0, head: nil, place) } }
    let adjusted = Holm.adjusted(rows.map(\.chance))
    for index in rows.indices { rows[index].holm = adjusted[index] }
    return rows
  }

  var heads: [AdapterComparison.SpreadRow] {
    places.flatMap { place in headPlaces.compactMap { spread(layer: $0.layer, head: $0.head, place) } }
  }

  /// Every layer and head of any adapter.
  var headPlaces: [(layer: Int, head: Int)] {
    let bases = analyses.compactMap { $0?.analysis.base }
    let (layers, heads) = (bases.map(\.layers).max() ?? 0, bases.map(\.heads).max() ?? 0)
    return (0..<layers).flatMap { layer in (0..<heads).map { (layer, $0) } }
  }

  func value(_ sums: ComparedAnalysis.Sums?) -> Double? {
    switch measure {
    case .divergence: sums?.divergence
    case .moved: sums?.meanMoved
    case .rms: sums?.rms
    }
  }

  /// What prompts say of the measure; nil where they do not.
  private func ratios(_ analysis: ComparedAnalysis, layer: Int, _ place: RegionPair) -> ComparedAnalysis.Ratios? {
    switch measure {
    case .divergence: analysis.ratios(layer: layer, place, \.divergence)
    case .moved: analysis.ratios(layer: layer, place, \.moved)
    case .rms: nil
    }
  }

  /// The measure by adapter, and how far the largest lies from the smallest; nil where fewer than two have it.
  private func spread(layer: Int, head: Int?, _ place: RegionPair) -> AdapterComparison.SpreadRow? {
    let values = analyses.map { value($0?.sums(layer: layer, head: head, place)) }
    let known = values.enumerated().compactMap { index, value in value.map { (index, $0) } }
    guard known.count > 1, let top = known.max(by: { $0.1 < $1.1 }), let bottom = known.min(by: { $0.1 < $1.1 }) else {
      return nil
    }
    let difference =
      head == nil && top.0 != bottom.0 ? difference(top.0, bottom.0) { ratios($0, layer: layer, place) } : nil
    var row = AdapterComparison.SpreadRow(
      layer: layer, head: head, query: place.query, key: place.key, values: values,
      spread: Estimate(top.1 - bottom.1, difference?.interval))
    // The two were chosen for lying furthest apart (Bonferroni).
    row.chance = difference.map { min(1, $0.chance * Double(known.count * (known.count - 1) / 2)) }
    return row
  }

  var profiles: [AdapterComparison.ProfileRow] {
    couples.flatMap { first, second in
      places.flatMap { place -> [AdapterComparison.ProfileRow] in
        guard let one = analyses[first], let other = analyses[second] else { return [] }
        let sums = headPlaces.compactMap { layer, head in
          one.sums(layer: layer, head: head, place).flatMap { a in
            other.sums(layer: layer, head: head, place).map { (a, $0) }
          }
        }
        let profiles: [(String, (ComparedAnalysis.Sums) -> Double)] =
          [(measure.rawValue, { value($0) ?? 0 })]
          + Term.allCases.map { term in
            (term.name, { (measure == .divergence ? $0.nats : $0.raw)?[term.rawValue] ?? 0 })
          }
        return profiles.map { name, value in
          let (a, b) = (sums.map { value($0.0) }, sums.map { value($0.1) })
          return AdapterComparison.ProfileRow(
            first: first, second: second, query: place.query, key: place.key, profile: name, heads: sums.count,
            pearson: Correlation.pearson(a, b), rank: Correlation.spearman(a, b))
        }
      }
    }
  }

  var knockouts: [AdapterComparison.KnockoutRow] {
    var rows: [(identity: Knockout, members: [Int: Knockout])] = []
    for (adapter, report) in reports.enumerated() {
      for knockout in (report.ablation?.overview ?? []) + (report.ablation?.knockouts ?? []) {
        let identity = knockout.identity
        if let index = rows.firstIndex(where: { $0.identity == identity }) {
          if rows[index].members[adapter] == nil { rows[index].members[adapter] = knockout }
        } else {
          rows.append((identity, [adapter: knockout]))
        }
      }
    }
    return rows.filter { $0.members.count > 1 }.map { identity, members in
      let own = reports.indices.map { members[$0] }
      return AdapterComparison.KnockoutRow(
        name: identity.name, sweep: identity.sweep,
        benefitLost: own.map { $0.flatMap { one in one.benefitLost.map { Estimate($0, one.benefitLostInterval) } } },
        kl: own.map { $0?.pooled?.kl })
    }
  }
}

extension Knockout {
  /// What it is, without what it did.
  fileprivate var identity: Knockout {
    var knockout = self
    (knockout.prompts, knockout.benefitLost, knockout.benefitLostInterval) = ([], nil, nil)
    return knockout
  }
}
