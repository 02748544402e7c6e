import Results

/// What the heads write to the residual stream.
extension MarkdownReport {
  var writtenValues: String? {
    guard analysis.values != nil else { return nil }
    let rows = tables.findings.spoken.compactMap { findings in
      findings.rows.values.first { $0.layer == nil }.map { (pair: findings.pair, all: findings.rows.values, row: $0) }
    }
    guard rows.contains(where: { $0.row.delta > 0 }) else { return nil }
    let lines = rows.map { "- **\(Markdown.inline($0.pair.title))**: \(sentence($0.row))" }
    let tables = rows.filter { $0.row.delta > 0 }.map { pair, all, _ in
      let layers = all.filter { $0.layer != nil && $0.head == nil }
      return """
        <details><summary>\(Markdown.html(pair.title))</summary>

        \(Markdown.table(Self.valueColumns, layers.map(valueCells)))

        </details>
        """
    }
    return """
      ## What the heads write

      A head adds its pattern times its values to the residual stream. That changes because attention goes elsewhere (dP·V), \
      because the values it finds changed (P·dV), and by both at once (dP·dV). Sizes are root mean squares of the \
      vectors' lengths over queries, behind the base's output projection.

      \(lines.joined(separator: "\n"))

      \(tables.joined(separator: "\n\n"))
      """
  }

  private func sentence(_ row: ValueChange) -> String {
    guard row.delta > 0 else { return "nothing changes." }
    let zeros = ValueTerm.allCases.filter { row[$0].rms == 0 }
    let shares = ValueTerm.allCases.filter { row[$0].rms > 0 }.sorted { row[$0].share > row[$1].share }
      .map { "\($0.symbol) \(Numbers.percent(row[$0].share))" }
    let names = Markdown.list(zeros.map(\.symbol))
    let rest = zeros.isEmpty ? "" : " \(names) \(zeros.count == 1 ? "is" : "are") exactly zero."
    return "\(shares.joined(separator: ", ")) of a change of \(Numbers.size(row.delta)).\(rest)"
  }

  private static let valueColumns =
    ["layer", "change"] + ValueTerm.allCases.flatMap { ["\($0.symbol) share", "size"] }

  private func valueCells(_ row: ValueChange) -> [String] {
    ["L\(row.layer ?? 0)", Numbers.size(row.delta)]
      + ValueTerm.allCases.flatMap { [Numbers.percent(row[$0].share), Numbers.size(row[$0].rms)] }
  }
}
