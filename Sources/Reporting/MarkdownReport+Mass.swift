import Results

/// How much attention moved, by layer and head.
extension MarkdownReport {
  /// By layer, and the heads in which most of it moved.
  var massTables: String? {
    let sections = tables.findings.detailed.compactMap { findings -> String? in
      let (pair, mass) = (findings.pair, findings.rows.mass)
      let layers = mass.filter { $0.layer != nil && $0.head == nil }
      guard layers.contains(where: { $0.moved > 0 }) else { return nil }
      let heads = mass.filter { $0.head != nil && $0.moved > 0 }.sorted {
        ($0.moved, $1.layer ?? 0, $1.head ?? 0) > ($1.moved, $0.layer ?? 0, $0.head ?? 0)
      }.prefix(5)
      let rows =
        layers.map { massCells("L\($0.layer ?? 0)", $0) }
        + heads.map { massCells("L\($0.layer ?? 0)H\($0.head ?? 0)", $0) }
      return """
        <details><summary>\(Markdown.html(pair.title))</summary>

        \(Markdown.table(["layer", "moved %", "goes there %", "change", "by the keys", "by the queries"], rows))

        </details>
        """
    }
    guard !sections.isEmpty else { return nil }
    return """
      ## Attention moved, by layer

      *Moved*: half of what the pattern's weights changed by, over the keys of the second region. *Goes there*: the part of the \
      attention of the first region's queries that the second's keys get in the base; its change is in percentage \
      points. The five heads in which most of it moved come last.

      \(sections.joined(separator: "\n\n"))
      """
  }

  private func massCells(_ name: String, _ row: AttentionMass) -> [String] {
    [name] + [row.moved, row.base, row.adapted - row.base, row.byKey, row.byQuery].map(Numbers.hundredth)
  }
}
