import Results

/// What carries the benefit: a row an intervention, a bar an adapter.
extension ComparisonPage {
  /// Interventions that are shown at most of those that were asked for, and of members of sweeps.
  private static let mostRows = 40

  var knockouts: String {
    guard !comparison.knockouts.isEmpty else { return "" }
    let (single, swept) = (effects.single, effects.swept)
    let shown = (single: single.prefix(Self.mostRows), swept: effects.ends(Self.mostRows))
    let left = comparison.knockouts.count - shown.single.count - shown.swept.count
    let range = KnockoutRange(comparison.knockouts)
    let folded =
      swept.isEmpty
      ? "" : "\n" + HTML.details("Sweeps, the most harmful first", table(shown.swept, range))
    return """
      <section id="knockouts">
      <h2>What carries the benefit</h2>
      <p class="reading">\(effects.knockoutReading(left: left).html) A bar to the left of the line: the loss \
      is lower without it. KL is the mean of KL(adapted ‖ intervened), in nats.</p>
      \(single.isEmpty ? "" : table(Array(shown.single), range))\(folded)
      </section>
      """
  }

  private func table(_ rows: [AdapterComparison.KnockoutRow], _ range: KnockoutRange) -> String {
    effects.knockouts(rows).html { row, column, cell in
      guard column > 0 else { return cell.html }
      let kl = rows[row].kl[column - 1].map { "<small>KL \(Numbers.size($0))</small>" } ?? ""
      return cell.html + (rows[row].benefitLost[column - 1].map { range.bar($0.value) } ?? "") + kl
    }
  }
}

/// The scale that bars of a table have in common.
private struct KnockoutRange {
  private let low: Double
  private let high: Double
  private static let width = 100.0

  init(_ rows: [AdapterComparison.KnockoutRow]) {
    let values = rows.flatMap { $0.benefitLost.compactMap { $0?.value } }
    low = min(0, values.min() ?? 0)
    high = max(1, values.max() ?? 1)
  }

  /// From zero to a value; what is gained rather than lost goes to the left.
  func bar(_ value: Double) -> String {
    func x(_ value: Double) -> Double { Self.width * (value - low) / (high - low) }
    let (start, end) = (x(min(0, value)), x(max(0, value)))
    let style = value < 0 ? "gained" : "lost"
    return """
      <svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">\
      <rect class="\(style)" x="\(Numbers.coordinate(start))" width="\(Numbers.coordinate(end - start))" height="8"/>\
      <rect class="zero" x="\(Numbers.coordinate(x(0)))" width="0.6" height="8"/></svg>
      """
  }
}
