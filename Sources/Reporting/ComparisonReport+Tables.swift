import Results

/// The tables behind the answer.
extension ComparisonReport {
  /// "12 %", "12 % [11 to 13 %]".
  func percent(_ estimate: AdapterComparison.Estimate?) -> String {
    guard let estimate else { return "–" }
    return Numbers.percent(estimate.value) + brackets(estimate)
  }

  private func points(_ estimate: AdapterComparison.Estimate?) -> String {
    guard let estimate else { return "–" }
    // Without the unit, which is the table's.
    return Numbers.points(estimate.value) + brackets(estimate).replacing(" %", with: "")
  }

  private func brackets(_ estimate: AdapterComparison.Estimate) -> String {
    guard let interval = estimate.interval, interval.lowerBound < interval.upperBound else { return "" }
    return " [\(Numbers.interval(interval))]"
  }

  var blockTables: String? {
    guard !comparison.places.isEmpty else { return nil }
    let sections = comparison.places.map { place in
      let rows = comparison.adapters.indices.compactMap { adapter -> [[String]]? in
        guard let row = comparison.block(adapter, place) else { return nil }
        let moved = percent(row.moved)
        return [
          [name(adapter), moved, Numbers.size(row.rms)] + row.centered.map(percent),
          [name(adapter)] + row.shares.map(percent),
        ]
      }
      let terms = Term.allCases.map(\.symbol)
      return """
        ### \(Markdown.inline(place.words))

        \(Markdown.table(["adapter", "moved", "rms ΔS"] + terms.map { "\($0), centred" }, rows.map { $0[0] }))

        \(Markdown.table(["adapter"] + terms.map { "\($0), raw" }, rows.map { $0[1] }))
        """
    }
    return "## Who changes what, and through which term\n\n" + sections.joined(separator: "\n\n")
  }

  var pairTable: String? {
    let rows = comparison.places.flatMap { place in
      comparison.pairs.filter { $0.query == place.query && $0.key == place.key && !$0.shares.isEmpty }.map { row in
        ["\(name(row.first)) less \(name(row.second))", Markdown.inline(place.words), points(row.moved)]
          + row.shares.map(points)
      }
    }
    guard !rows.isEmpty else { return nil }
    return """
      <details><summary>Each two adapters, in percentage points, paired by prompt</summary>

      \(Markdown.table(["adapters", "where", "moved"] + Term.allCases.map { "share of \($0.symbol)" }, rows))

      </details>
      """
  }

  var layerTable: String? {
    let rows = comparison.places.flatMap { ranked(comparison.layers, $0).prefix(4) }
    return rows.isEmpty ? nil : "## The layers that differ most\n\n\(lead)\n\n\(spreads(rows))"
  }

  var headTable: String? {
    let rows = comparison.places.flatMap { ranked(comparison.heads, $0).prefix(4) }
    guard !rows.isEmpty else { return nil }
    return """
      ## The heads that differ most

      Heads have no intervals; the layers' tell how sure such differences are.

      \(spreads(rows))
      """
  }

  private var lead: String {
    comparison.measure == .moved
      ? "The attention that moved, by adapter, and how far the largest lies from the smallest, in percentage points."
      : "The rms of ΔS, by adapter, and how far the largest lies from the smallest."
  }

  private func spreads(_ rows: [AdapterComparison.SpreadRow]) -> String {
    Markdown.table(
      ["where", "regions"] + comparison.adapters.indices.map(name) + ["apart"],
      rows.map { row in
        let place = "L\(row.layer)" + (row.head.map { "H\($0)" } ?? "")
        let apart = comparison.measure == .moved ? points(row.spread) : Numbers.size(row.spread.value)
        return [place, Markdown.inline(RegionPair(query: row.query, key: row.key).words)]
          + row.values.map(comparison.text) + [apart]
      })
  }

  var profileTable: String? {
    let names = [comparison.measure.rawValue] + Term.allCases.map(\.name)
    let titles = [comparison.measure == .moved ? "moved" : "rms ΔS"] + Term.allCases.map(\.symbol)
    let rows = comparison.places.flatMap { place in
      let own = comparison.profiles.filter { $0.query == place.query && $0.key == place.key }
      return own.filter { $0.profile == names[0] }.map { first in
        let cells = names.map { profile -> String in
          let row = own.first { $0.first == first.first && $0.second == first.second && $0.profile == profile }
          return "\(Numbers.coefficient(row?.pearson)) / \(Numbers.coefficient(row?.rank))"
        }
        return ["\(name(first.first)), \(name(first.second))", Markdown.inline(place.words)] + cells
      }
    }
    guard !rows.isEmpty else { return nil }
    return """
      ## Do they change the same heads?

      Correlation over layer × head, r / ρ: 1 where two adapters change the same heads by the same proportions, – where one of \
      them changes nothing.

      \(Markdown.table(["adapters", "where"] + titles, rows))
      """
  }

  var losses: String? {
    let rows = comparison.adapters.enumerated().compactMap { index, adapter in
      adapter.loss.map { loss in
        [
          name(index), Numbers.size(loss.base), Numbers.size(loss.adapted.value),
          Numbers.signed(loss.adapted.value - loss.base), "\(loss.lower) of \(loss.prompts)",
        ]
      }
    }
    guard !rows.isEmpty else { return nil }
    let pairs = comparison.pairs.compactMap { row in
      row.loss.map { loss in
        let interval = loss.interval.map { " [\(Numbers.signed($0.lowerBound)) to \(Numbers.signed($0.upperBound))]" }
        return "\(name(row.first)) less \(name(row.second)) \(Numbers.signed(loss.value))\(interval ?? "")"
      }
    }
    return """
      ## Losses

      Mean over the prompts of the mean next-token loss, in nats.

      \(Markdown.table(["adapter", "base", "adapted", "change", "lower in"], rows))\
      \(pairs.isEmpty ? "" : "\n\nPaired by prompt: \(pairs.joined(separator: "; ")).")
      """
  }

  var knockouts: String? {
    let single = comparison.knockouts.filter { $0.sweep == nil }
    let swept = comparison.knockouts.filter { $0.sweep != nil }.enumerated().sorted {
      (harm($0.element), $1.offset) > (harm($1.element), $0.offset)
    }.map(\.element).prefix(12)
    guard !comparison.knockouts.isEmpty else { return nil }
    let rows = (single + swept).map { row in
      [Markdown.inline(AblationReport.symbols(row.name))]
        + row.benefitLost.enumerated().map { $1 == nil && row.kl[$0] != nil ? "no benefit" : percent($1) }
    }
    let rest = comparison.knockouts.count - single.count - swept.count
    let more = rest > 0 ? " Of sweeps, the most harmful; \(rest) more are in \(ComparisonFiles.json)." : ""
    return """
      ## What carries the benefit

      The part of each adapter's benefit that is lost without a part of its change.\(more)

      \(Markdown.table(["left out"] + comparison.adapters.indices.map(name), rows))
      """
  }

  private func harm(_ row: AdapterComparison.KnockoutRow) -> Double {
    row.benefitLost.compactMap { $0?.value }.max() ?? row.kl.compactMap(\.self).max() ?? 0
  }
}

extension Numbers {
  /// A coefficient of correlation: "0.97", "−0.12".
  static func coefficient(_ value: Double?) -> String {
    value.map { (abs($0) < 0.005 ? "0.00" : fixed($0, "%.2f")).replacing("-", with: "−") } ?? "–"
  }
}
