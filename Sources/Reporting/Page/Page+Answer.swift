import Results

/// The first screen: what the report says first, in the same words.
extension Page {
  /// Alerts of a severity; errors stand above everything.
  func alerts(_ severity: Alert.Severity) -> String {
    let own = answer.alerts.filter { $0.severity == severity }.map { "<p>\($0.text.html)</p>" }
    guard !own.isEmpty else { return "" }
    let (name, role) = severity == .error ? ("error", "alert") : ("warning", "note")
    return "<aside class=\"\(name)\" role=\"\(role)\">\(own.joined(separator: "\n"))</aside>"
  }

  /// The answer.
  var answerSection: String {
    let spoken = answer.blocks.filter { !$0.isFolded }.map {
      "<article>\n<h3>\($0.title.html)</h3>\n\(points($0))\n</article>"
    }
    let folded = answer.blocks.filter(\.isFolded).map { HTML.details($0.short.html, points($0)) }
    let reading = answer.reading.map { "<p class=\"reading\">\($0.html)</p>" }
    return """
      <section id="answer" aria-label="The answer">
      <p class="headline">\(answer.headline.html)</p>
      \(reading.joined(separator: "\n"))
      <p class="tools"><button type="button" id="copy" hidden>Copy as markdown</button></p>
      \(hasManyPairs ? matrix : "")
      <div class="blocks">
      \(spoken.joined(separator: "\n"))
      </div>
      \(folded.joined(separator: "\n"))
      \(matter)
      </section>
      """
  }

  private var matter: String {
    (answer.matter.isEmpty ? "" : "<h3>Does it matter?</h3>\n<p>\(answer.matter.html)</p>")
      + (answer.mixture.isEmpty ? "" : "\n<h3>Experts</h3>\n<p>\(answer.mixture.html)</p>")
  }

  private func points(_ block: BlockAnswer) -> String {
    let rows = block.points.map { point in
      let bar = point.label == BlockAnswer.termLabel ? LayerBar(block).html : ""
      return "<dt>\(point.label)</dt><dd>\(point.text.html)\(bar)</dd>"
    }
    return "<dl>\n\(rows.joined(separator: "\n"))\n</dl>"
  }

  /// Whether the matrix of the pairs of regions belongs to the answer.
  var hasManyPairs: Bool { tables.matrix != nil }

  /// Every pair of regions: how much, and the term that leads; each a way into what is behind it.
  var matrix: String {
    let findings = tables.findings
    let queries = analysis.regions.filter { name in findings.contains { $0.pair.query == name } }
    let keys = analysis.regions.filter { name in findings.contains { $0.pair.key == name } }
    let rows = queries.map { query in
      let cells = keys.map { key in
        "<td>\(findings.firstIndex { $0.pair == RegionPair(query: query, key: key) }.map(cell) ?? "")</td>"
      }
      return "<tr><th scope=\"row\">\(HTML.text(query))</th>\(cells.joined())</tr>"
    }
    return """
      <p class="reading">\(tables.matrixReading.html)</p>
      <div class="wide"><table class="matrix">
      <thead><tr><th scope="col">queries ╲ keys</th>\(keys.map { "<th scope=\"col\">\(HTML.text($0))</th>" }.joined())</tr></thead>
      <tbody>\(rows.joined(separator: "\n"))</tbody>
      </table></div>
      """
  }

  private func cell(_ index: Int) -> String {
    let findings = tables.findings[index]
    guard findings.isChanged else { return "<span class=\"still\">0</span>" }
    let address = "#query=\(Markdown.link(findings.pair.query.visible))&key=\(Markdown.link(findings.pair.key.visible))"
    return
      "<a class=\"leads \(findings.leader.name)\" data-pair=\"\(index)\" href=\"\(HTML.text(address))\">\(AnswerTables.cell(findings).html)</a>"
  }
}
