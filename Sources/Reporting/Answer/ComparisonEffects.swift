import Results

/// What adapters do to the loss, and which parts of them carry that.
struct ComparisonEffects {
  private let comparison: AdapterComparison
  private let words: ComparisonWords

  init(_ rows: ComparisonRows) {
    comparison = rows.comparison
    words = ComparisonWords(rows)
  }

  /// What ``losses`` holds.
  let lossReading: Phrase = "Mean next-token loss over the judged tokens of all prompts, in nats."

  /// The losses, by adapter.
  var losses: Table? {
    let rows = comparison.adapters.enumerated().compactMap { index, adapter in
      adapter.loss.map { loss -> [Phrase] in
        [
          words.name(index), "\(Numbers.size(loss.base))", "\(Numbers.size(loss.adapted.value))",
          "\(Numbers.signed(loss.adapted.value - loss.base))", "\(loss.lower) of \(loss.prompts)",
        ]
      }
    }
    return rows.isEmpty ? nil : Table(header: ["adapter", "base", "adapted", "change", "lower in"], rows: rows)
  }

  /// How the losses of each two adapters differ.
  var lossDifferences: Phrase? {
    let pairs = comparison.pairs.compactMap { row in
      row.loss.map { loss -> Phrase in
        let interval = loss.interval.map { " [\(Numbers.signed($0.lowerBound)) to \(Numbers.signed($0.upperBound))]" }
        return
          "\(words.name(row.first)) less \(words.name(row.second)) \(Numbers.signed(loss.value))\(interval ?? "")"
      }
    }
    return pairs.isEmpty ? nil : "Paired by prompt: \(pairs.joined(by: "; "))."
  }

  /// Interventions that are no members of a sweep.
  var single: [AdapterComparison.KnockoutRow] { comparison.knockouts.filter { $0.sweep == nil } }

  /// Members of sweeps, the most harmful first.
  var swept: [AdapterComparison.KnockoutRow] {
    comparison.knockouts.filter { $0.sweep != nil }.map { ($0, harm($0)) }.enumerated().sorted {
      ($0.element.1, $1.offset) > ($1.element.1, $0.offset)
    }.map(\.element.0)
  }

  /// So many members of sweeps, of more both ends: three quarters are the most harmful ones, the others the least harmful.
  func ends(_ most: Int) -> [AdapterComparison.KnockoutRow] {
    let swept = swept
    return swept.count <= most ? swept : Array(swept.prefix(most * 3 / 4) + swept.suffix(most - most * 3 / 4))
  }

  /// What a table of interventions holds.
  /// - Parameter left: How many members of sweeps are left out.
  func knockoutReading(left: Int) -> Phrase {
    let more =
      left > 0
      ? " Of sweeps, the most harmful and the least harmful; \(left) between them are in \(ComparisonFiles.json)." : ""
    return "The part of each adapter's benefit that is lost without a part of its change.\(more)"
  }

  /// What interventions cost, by adapter.
  func knockouts(_ rows: [AdapterComparison.KnockoutRow]) -> Table {
    Table(
      header: ["left out"] + comparison.adapters.indices.map(words.name),
      rows: rows.map { row in [Self.title(row)] + comparison.adapters.indices.map { benefit(row, $0) } })
  }

  /// What was left out, in the terms' symbols.
  static func title(_ row: AdapterComparison.KnockoutRow) -> Phrase { "\(AblationReport.symbols(row.name))" }

  /// The part of an adapter's benefit that an intervention costs.
  func benefit(_ row: AdapterComparison.KnockoutRow, _ adapter: Int) -> Phrase {
    let lost = row.benefitLost[adapter]
    return lost == nil && row.kl[adapter] != nil ? "no benefit" : "\(Numbers.percent(lost))"
  }

  private func harm(_ row: AdapterComparison.KnockoutRow) -> Double {
    row.benefitLost.compactMap { $0?.value }.max() ?? row.kl.compactMap(\.self).max() ?? 0
  }
}
