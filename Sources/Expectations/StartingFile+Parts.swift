import Results

/// First expectations of the parts that an analysis may hold, and of predictions.
extension Analysis {
  func describeParts(into writer: inout ExpectationWriter) {
    let (mass, sources, values) = (byPair(mass), byPair(sources), byPair(values))
    for query in regions {
      for key in regions {
        let pair = RegionPair(query: query, key: key)
        describeParts(pair, mass[pair] ?? [], sources[pair] ?? [], values[pair] ?? [], into: &writer)
      }
    }
    describeProducts(into: &writer)
    for region in regions {
      let medians = stream.filter { $0.region == region }.map(\.median)
      guard let largest = medians.compactMap(\.self).max(), !medians.contains(nil) else { continue }
      writer.add("quantity: median", "region: \(region.yaml)", largest.upperBound(factor: 1.5))
    }
  }

  private func byPair<Row: MeasureRow>(_ rows: [Row]?) -> [RegionPair: [Row]] {
    Dictionary(grouping: (rows ?? []).filter { $0.place.pair != nil }) { $0.place.pair ?? .all }
  }

  private func describeParts(
    _ pair: RegionPair, _ mass: [AttentionMass], _ sources: [TermSources], _ values: [ValueChange],
    into writer: inout ExpectationWriter
  ) {
    let block = ["query: \(pair.query.yaml)", "key: \(pair.key.yaml)"]
    let pooled = block + ["pooled: all"]
    if let largest = mass.filter({ $0.head != nil }).map(\.moved).max() {
      writer.add(["quantity: moved"] + block + [largest.upperBound(factor: 1.5)])
    }
    // A region that holds every key its queries see has all of their attention in any model.
    if let row = mass.first(where: \.isPooled), min(row.base, row.adapted) < 1 - 1e-6 {
      writer.add(["quantity: mass", "of: adapted"] + pooled + row.adapted.within(0.05))
    }
    if let row = sources.first(where: \.isPooled) {
      for (term, shares) in [(Term.dKtQ, row.dKtQ), (.KtdQ, row.KtdQ)]
      where shares.byName.contains(where: { $0.size.rms > 0 }) {
        let lines = ["quantity: sources", "term: \(term.name)", "source: inherited"] + pooled
        writer.add(lines + shares.inherited.share.within(0.1))
      }
    }
    if let row = values.first(where: \.isPooled), row.delta > 0 {
      let lines = ["quantity: values", "term: dPV"] + pooled
      writer.add(lines + row[.dPV].share.within(0.1))
    }
  }

  /// Projections whose weights are not trained, or are off in a region.
  private func describeProducts(into writer: inout ExpectationWriter) {
    for site in ProductChange.Site.allCases where site.partNames[0] == "dWx" {
      for region in regions {
        let rows = (products ?? []).filter { $0.site == site && $0.region == region }
        guard !rows.isEmpty, rows.allSatisfy({ $0.first.rms == 0 }) else { continue }
        writer.add(
          "quantity: products", "site: \(site.rawValue)", "term: \(site.partNames[0])", "statistic: rms",
          "region: \(region.yaml)", "atMost: 0")
      }
    }
  }

  func describePredictions(into writer: inout ExpectationWriter) {
    guard let loss else { return }
    if let mean = loss.mean { writer.addLosses(base: mean.base, adapted: mean.adapted) }
    for row in loss.divergence {
      writer.add("quantity: kl", "region: \(row.region.yaml)", row.kl.upperBound(factor: 1.5))
    }
  }
}

extension Ablation {
  /// What each intervention loses, members of sweeps left out: the interval, or the value where there is none, 0.05 wider on
  /// both sides; half as much divergence again.
  func describe(into writer: inout ExpectationWriter) {
    let all = overview + knockouts.filter { $0.sweep == nil }
    for (index, knockout) in all.enumerated() where !all[..<index].contains(where: { $0.name == knockout.name }) {
      // An expectation is of all interventions of a name, of which there may be several.
      let alike = all[index...].filter { $0.name == knockout.name }
      let name = "knockout: \(knockout.name.yaml)"
      let bounds = alike.flatMap { other in
        other.benefitLost.map { lost in
          [lost, other.benefitLostInterval?.lowerBound ?? lost, other.benefitLostInterval?.upperBound ?? lost]
        } ?? []
      }
      if let lost = knockout.benefitLost, let lower = bounds.min(), let upper = bounds.max() {
        let (from, to) = ((lower - 0.05).rounded(hundredths: .down), (upper + 0.05).rounded(hundredths: .up))
        writer.add("quantity: benefitLost", name, "atLeast: \(from)", "atMost: \(to)  # measured \(lost.short)")
      }
      if let kl = alike.compactMap(\.pooled?.kl).max() {
        writer.add("quantity: kl", name, kl.upperBound(factor: 1.5))
      }
    }
  }
}

extension QueryPairRow {
  /// Whether it is of all layers and heads.
  var isPooled: Bool { layer == nil && head == nil }
}

extension ExpectationWriter {
  /// That the adapter keeps half of what it lowers the loss by; where it does not lower it, a bound on the loss.
  mutating func addLosses(base: Double, adapted: Double) {
    let difference = adapted - base
    if difference < 0 {
      add(
        "quantity: loss", "of: difference",
        "atMost: \((difference / 2).decimal(digits: 4))  # measured \(difference.short)")
    } else {
      add("quantity: loss", "of: adapted", adapted.upperBound(factor: 1.1))
    }
  }
}
