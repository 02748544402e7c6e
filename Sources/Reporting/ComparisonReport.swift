import Results

/// compare.md: several adapters of one base side by side, the answer first.
package struct ComparisonReport {
  let comparison: AdapterComparison
  let figures: [ReportFigure]
  let rows: ComparisonRows
  let words: ComparisonWords
  private let tables: ComparisonTables
  private let effects: ComparisonEffects
  /// By adapter, the path of its report, where it stands beside this page.
  private let links: [String?]

  /// A page on a comparison.
  /// - Parameter links: By adapter, the path of its own report from here.
  package init(_ comparison: AdapterComparison, links: [String?] = []) {
    self.comparison = comparison
    self.links = links
    figures = ReportFigure.all(comparison)
    rows = ComparisonRows(comparison)
    words = ComparisonWords(rows)
    tables = ComparisonTables(rows)
    effects = ComparisonEffects(rows)
  }

  /// The file's text.
  package var text: String {
    let sections: [String?] = [
      title, caution, answer, notes, adapters, groups, shares, figureLinks, pairs, layers, heads, profiles, writers,
      losses, gains, knockouts,
      guide,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  /// The answer without markup, for a terminal.
  package var summary: [String] { words.answer.map { "- \($0.terminal(isColored: false))" } }

  /// What is copied from the page: the title and the answer.
  var copied: String { "\(title)\n\n\(answer)\n" }

  private var title: String { "# \(words.title.markdown)" }

  private var answer: String { Self.list(words.answer) }

  /// What should be alike and is not stands above everything else.
  private var caution: String? {
    words.caution.map { "> [!CAUTION]\n> \($0.markdown)\n\(Self.list(words.differences, mark: "> - "))" }
  }

  private var notes: String? {
    words.notes.isEmpty ? nil : "> [!NOTE]\n\(Self.list(words.notes, mark: "> - "))"
  }

  private var adapters: String {
    tables.adapters.markdown { index, name in
      guard links.indices.contains(index), let link = links[index] else { return name.markdown }
      return "[\(Markdown.inline(name.plain))](\(Markdown.link(link)))"
    }
  }

  private var groups: String? {
    let groups = ComparisonGroups(words)
    guard !comparison.groups.isEmpty else { return nil }
    let tables = groups.tables.map { "### \($0.title.markdown)\n\n\($0.table.markdown)" }
    return (["## Over training runs", groups.reading.markdown] + tables + [groups.places?.markdown].compactMap(\.self))
      .joined(separator: "\n\n")
  }

  private var shares: String? {
    guard !comparison.places.isEmpty else { return nil }
    let sections = comparison.places.map { place in
      (["### \(Markdown.inline(place.words))"] + tables.shares(place).map(\.markdown)).joined(separator: "\n\n")
    }
    return "## Who changes what, and through which term\n\n" + sections.joined(separator: "\n\n")
  }

  private var figureLinks: String? {
    figures.isEmpty
      ? nil : figures.map { "![\(Markdown.inline($0.title))](\($0.path))" }.joined(separator: "\n\n")
  }

  private var pairs: String? {
    tables.pairs(comparison.places).map { table in
      """
      <details><summary>\(tables.pairTitle)</summary>

      \(table.markdown)

      </details>
      """
    }
  }

  private var layers: String? {
    section("The layers that differ most", tables.spreadReading, tables.layers(comparison.places, most: 4))
  }

  private var heads: String? {
    section("The heads that differ most", tables.headReading, tables.heads(comparison.places, most: 4))
  }

  private var profiles: String? {
    section("Do they change the same heads?", tables.profileReading, tables.profiles(comparison.places))
  }

  private var writers: String? {
    section("Who wrote what is inherited", tables.writerReading, tables.writers(comparison.places, most: 6))
  }

  private var gains: String? {
    section("Who wrote what the predictions gain", tables.gainReading, tables.gains(most: 8))
  }

  private var losses: String? {
    section("Losses", effects.lossReading, effects.losses).map { section in
      [section, effects.lossDifferences?.markdown].compactMap(\.self).joined(separator: "\n\n")
    }
  }

  private var knockouts: String? {
    guard !comparison.knockouts.isEmpty else { return nil }
    let swept = effects.swept
    let shown = effects.ends(12)
    return section(
      "What carries the benefit", effects.knockoutReading(left: swept.count - shown.count),
      effects.knockouts(effects.single + shown))
  }

  private var guide: String {
    """
    ## How to read this

    \(words.scores.markdown)

    \(Self.list(words.guide.map { "\($0.label): \($0.text)" }))

    Machine-readable: [\(ComparisonFiles.json)](\(ComparisonFiles.json)) and, as a table, \
    [\(ComparisonFiles.table)](\(ComparisonFiles.table)). Leibniz \(Markdown.inline(comparison.version)).
    """
  }

  private func section(_ title: String, _ reading: Phrase, _ table: Table?) -> String? {
    table.map { "## \(title)\n\n\(reading.markdown)\n\n\($0.markdown)" }
  }

  private static func list(_ items: [Phrase], mark: String = "- ") -> String {
    items.map { mark + $0.markdown }.joined(separator: "\n")
  }
}

extension AdapterComparison {
  /// Pairs of regions by what they tell.
  var places: [RegionPair] {
    var places: [RegionPair] = []
    for row in blocks {
      let place = RegionPair(query: row.query, key: row.key)
      if !places.contains(place) { places.append(place) }
    }
    return RegionPair.sorted(places, by: regions)
  }

  func block(_ adapter: Int, _ place: RegionPair) -> BlockRow? {
    blocks.first { $0.adapter == adapter && $0.query == place.query && $0.key == place.key }
  }

  /// How much an adapter changes attention in a place, by the comparison's measure.
  func size(_ adapter: Int, _ place: RegionPair) -> Double? {
    block(adapter, place).flatMap { measured($0)?.value }
  }

  /// What of a row the adapters are compared by.
  func measured(_ row: BlockRow) -> Estimate? {
    switch measure {
    case .divergence: row.divergence
    case .moved: row.moved
    case .rms: Estimate(row.rms)
    }
  }

  /// How far two adapters lie apart in it, where that is known.
  func measured(_ row: PairRow) -> Estimate? {
    switch measure {
    case .divergence: row.divergence
    case .moved: row.moved
    case .rms: nil
    }
  }

  /// The split to lead with: of what attention felt; else centred, for that is what can move attention, or raw where one term is all
  /// of the change.
  func leading(_ row: BlockRow) -> [Estimate] {
    if measure == .divergence, let felt = row.felt, (row.divergence?.value ?? 0) > 0 { return felt }
    let isForced = row.shares.count { $0.value != 0 } == 1 || row.centered.allSatisfy { $0.value == 0 }
    return isForced ? row.shares : row.centered
  }

  /// A value of the measure, in words.
  func text(_ value: Double?) -> String {
    value.map { measure == .moved ? Numbers.percent($0) : Numbers.size($0) } ?? "–"
  }

  /// A difference of the measure, with its interval; percentage points where it is a part.
  func difference(_ estimate: Estimate?) -> String {
    measure == .moved ? Numbers.points(estimate) : Numbers.signed(estimate)
  }
}

/// How what adapters are compared by is spoken of.
extension AdapterComparison.Measure {
  /// In a sentence.
  var name: String {
    switch self {
    case .divergence: "what attention felt, in nats a query and head"
    case .moved: "the attention that moved"
    case .rms: "the rms of ΔS"
    }
  }

  /// Above a column.
  var column: Phrase {
    switch self {
    case .divergence: "nats"
    case .moved: "moved"
    case .rms: "rms ΔS"
    }
  }
}
