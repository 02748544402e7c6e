import Results

/// How much attention moved.
extension MarkdownReport {
  /// At the top of the answer: a line for each pair of regions.
  var movedAttention: String? {
    let rows = pairs.compactMap { pair in massRow(pair).map { (pair: pair, row: $0) } }
    guard analysis.adapted.kind != "none", !rows.isEmpty else { return nil }
    guard rows.contains(where: { $0.row.moved > 0 }) else { return "**No attention moved**, in any layer or head." }
    var lines: [String] = []
    for (pair, row) in rows {
      let title = "- **\(Markdown.inline(pair.title))**"
      guard row.moved > 0 else {
        lines.append("\(title): no attention moved.")
        continue
      }
      let names = (Markdown.inline(pair.query), Markdown.inline(pair.key))
      lines.append(
        "\(title): **\(Numbers.fine(row.moved)) of the attention of \(names.0) moved** \(whereTo(row, names.1)).\(movedRange(pair))"
      )
    }
    return """
      How much attention moved, on average over queries, layers and heads; 100 % would be all of it. Beside it stands how much of \
      the attention of the first region's queries goes to the second's keys, how that changes, and which part of the \
      change is due to changed keys (of either region) and which to changed queries.

      \(lines.joined(separator: "\n"))
      """
  }

  /// What became of the mass.
  private func whereTo(_ row: AttentionMass, _ key: String) -> String {
    let change = row.adapted - row.base
    // Beside what moved, a mass that is kept whole differs by rounding alone.
    guard max(abs(change), abs(row.byKey)) > 1e-9 * row.moved else {
      return "from key to key inside \(key), which keeps all of it"
    }
    return """
      to or from \(key), which gets \(Numbers.percentage(row.adapted)) where it got \(Numbers.percentage(row.base)): \
      \(Numbers.points(change)) points, \(Numbers.points(row.byKey)) by the keys and \(Numbers.points(row.byQuery)) by the \
      queries
      """
  }

  /// In which layers most and least of it moved.
  private func movedRange(_ pair: RegionPair) -> String {
    let layers = massLayers(pair)
    guard layers.count > 1, let most = layers.max(by: { $0.moved < $1.moved }),
      let least = layers.min(by: { $0.moved < $1.moved }), most.moved > least.moved
    else { return "" }
    return
      " Most in L\(most.layer ?? 0) (\(Numbers.fine(most.moved))), least in L\(least.layer ?? 0) (\(Numbers.fine(least.moved)))."
  }

  private func massRow(_ pair: RegionPair) -> AttentionMass? {
    analysis.mass?.first { $0.layer == nil && $0.head == nil && $0.query == pair.query && $0.key == pair.key }
  }

  private func massLayers(_ pair: RegionPair) -> [AttentionMass] {
    (analysis.mass ?? []).filter {
      $0.layer != nil && $0.head == nil && $0.query == pair.query && $0.key == pair.key
    }
  }

  /// By layer, and the heads in which most of it moved.
  var massTables: String? {
    let sections = pairs.compactMap { pair -> String? in
      let layers = massLayers(pair)
      guard layers.contains(where: { $0.moved > 0 }) else { return nil }
      let heads = (analysis.mass ?? []).filter {
        $0.head != nil && $0.query == pair.query && $0.key == pair.key && $0.moved > 0
      }.sorted { ($0.moved, $1.layer ?? 0, $1.head ?? 0) > ($1.moved, $0.layer ?? 0, $0.head ?? 0) }.prefix(5)
      let rows =
        layers.map { massCells("L\($0.layer ?? 0)", $0) }
        + heads.map { massCells("L\($0.layer ?? 0)H\($0.head ?? 0)", $0) }
      return """
        <details><summary>\(Markdown.html(pair.title))</summary>

        \(Markdown.table(["layer", "moved", "goes there", "change", "by the keys", "by the queries"], rows))

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
    [name, Numbers.fine(row.moved), Numbers.percent(row.base)]
      + [row.adapted - row.base, row.byKey, row.byQuery].map(Numbers.points)
  }
}
