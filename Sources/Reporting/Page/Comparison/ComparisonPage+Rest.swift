import Results

/// What stands below the first screen.
extension ComparisonPage {
  /// Pairs of regions that figures show at once; with more of them a page gets long and says less.
  private static let mostDrawn = 6
  /// What the folded tables may weigh.
  private static let mostTableBytes = 400_000

  /// Shares and layers by adapter, as in the report's figures.
  var drawings: String {
    let places = Set(rows.places.prefix(Self.mostDrawn))
    let figures = ReportFigure.all(comparison, places: comparison.places.filter(places.contains))
    guard !figures.isEmpty else { return "" }
    let left = comparison.places.count - places.count
    let note =
      left > 0
      ? "<p class=\"reading\">Of the pairs of regions, those with the largest changes; the files in \(ReportFigure.folder)/ show "
        + "\(left) more.</p>\n" : ""
    let drawn = figures.map { figure in
      "<figure id=\"figure-\(figure.name)\">\n<div class=\"wide\">\(figure.draw().inline(id: figure.name))</div>\n</figure>"
    }
    return "<section id=\"figures\">\n<h2>Terms and layers</h2>\n\(note)\(drawn.joined(separator: "\n"))\n</section>"
  }

  /// Means over training runs.
  var groups: String {
    guard !comparison.groups.isEmpty else { return "" }
    let groups = ComparisonGroups(words)
    let tables = groups.tables.map { "<h3>\($0.title.html)</h3>\n\($0.table.html)" }
    let places = groups.places.map { "\n<p>\($0.html)</p>" } ?? ""
    return """
      <section id="groups">
      <h2>Over training runs</h2>
      <p class="reading">\(groups.reading.html)</p>
      \(tables.joined(separator: "\n"))\(places)
      </section>
      """
  }

  /// The losses.
  var losses: String {
    guard let table = effects.losses else { return "" }
    let differences = effects.lossDifferences.map { "\n<p>\($0.html)</p>" } ?? ""
    return """
      <section id="losses">
      <h2>Losses</h2>
      <p class="reading">\(effects.lossReading.html)</p>
      \(table.html)\(differences)
      </section>
      """
  }

  /// Who wrote what the predictions gain.
  var gains: String {
    guard let table = tables.gains(most: 8) else { return "" }
    return """
      <section id="gains">
      <h2>Who wrote what the predictions gain</h2>
      <p class="reading">\(tables.gainReading.html)</p>
      \(table.html)
      </section>
      """
  }

  /// The tables of the report by pair of regions, folded; those that the page has no room for are counted.
  var folded: String {
    var (left, sections) = (Self.mostTableBytes, [String]())
    for place in rows.places {
      let section = HTML.details(HTML.text(place.words), tables(place))
      left -= section.utf8.count
      guard left >= 0 else { break }
      sections.append(section)
    }
    guard !rows.places.isEmpty else { return "" }
    let rest = rows.places.count - sections.count
    if rest > 0 {
      sections.append(
        "<p class=\"reading\">\(Numbers.count(rest, "more pair")) of regions: see \(ComparisonFiles.report).</p>")
    }
    return
      "<section id=\"tables\">\n<h2>Tables by pair of regions</h2>\n\(sections.joined(separator: "\n"))\n</section>"
  }

  private func tables(_ place: RegionPair) -> String {
    let shares = tables.shares(place).map(\.html)
    let others: [(title: String, reading: Phrase?, table: Table?)] = [
      (tables.pairTitle, nil, tables.pairs([place])),
      ("The layers that differ most", tables.spreadReading, tables.layers([place], most: 8)),
      ("The heads that differ most", tables.headReading, tables.heads([place], most: 8)),
      ("Do they change the same heads?", tables.profileReading, tables.profiles([place])),
      ("Who wrote what is inherited", tables.writerReading, tables.writers([place], most: 8)),
    ]
    let sections = others.compactMap { title, reading, table in
      table.map { table in
        let reading = reading.map { "<p class=\"reading\">\($0.html)</p>\n" } ?? ""
        return "<h4>\(title)</h4>\n\(reading)\(table.without(1).html)"
      }
    }
    return (shares + sections).joined(separator: "\n")
  }

  /// What was compared, and how it is to be read.
  var footer: String {
    let files = [ComparisonFiles.report, ComparisonFiles.json, ComparisonFiles.table].map {
      "<a href=\"\($0)\">\($0)</a>"
    }
    let guide = words.guide.map { (label: $0.label.plain, text: $0.text) }
    return """
      <footer>
      <h2>How to read this</h2>
      <p>\(words.scores.html)</p>
      \(HTML.list(guide))
      <h2>What was compared</h2>
      \(HTML.list(words.setting))
      <p>Beside this page: \(files.joined(separator: ", ")).</p>
      </footer>
      """
  }
}
