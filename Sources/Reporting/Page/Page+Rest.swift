import Results

/// What stands below the first screen.
extension Page {
  /// Where the script draws; without it, nothing is there.
  var explorer: String {
    guard tables.findings.contains(where: \.isChanged) else { return "" }
    return """
      <section id="explore" hidden>
      <h2>Layers, heads and pairs of tokens</h2>
      \(hasManyPairs ? "" : matrix)
      <form id="switches" class="switches" aria-label="What is shown"></form>
      <div class="split">
      <figure id="map" aria-label="Map of layers and heads"></figure>
      <div id="panel" aria-live="polite"></div>
      </div>
      \(analysis.writers == nil ? "" : "<div id=\"writers\"></div>\n")<div id="pairs"></div>
      <div id="heads"></div>
      </section>
      """
  }

  /// What the predictions gained by who wrote it.
  var predictions: String {
    guard let tables = PredictionTables(analysis) else { return "" }
    return """
      <section id="predictions">
      <h2>Who wrote what the predictions gain</h2>
      <p class="reading">\(tables.reading.html)</p>
      <div class="blocks">
      \([tables.writers, tables.attentions].compactMap { $0?.html }.joined(separator: "\n"))
      </div>
      </section>
      """
  }

  /// The tables of the report, folded.
  var folded: String {
    guard !tables.findings.isEmpty else { return "" }
    let changed = tables.findings.shown
    let layers = changed.filter { $0.layers.count > 1 }.map { findings in
      HTML.details("Layers, \(HTML.text(findings.pair.title))", tables.parts("layer", findings, findings.layers).html)
    }
    let heads = changed.map { findings in
      HTML.details(
        "The heads that changed most, \(HTML.text(findings.pair.title))",
        tables.parts("head", findings, Array(findings.heads.filter { $0.part > 0 }.prefix(8))).html)
    }
    let terms = [
      ("centred", tables.terms(\.centered, of: tables.findings)), ("raw", tables.terms(\.raw, of: tables.findings)),
    ].map { name, table in
      HTML.details("All layers and heads, \(name)", table.html)
    }
    return "<section id=\"tables\">\n<h2>Tables</h2>\n\((terms + layers + heads).joined(separator: "\n"))\n</section>"
  }

  /// Whether any change of this size would have done it.
  var chance: String {
    guard let words = ChanceWords(analysis) else { return "" }
    let lines = words.lines.isEmpty ? [ChanceWords.nothing] : words.lines
    return """
      <section id="chance">
      <h2>Chance</h2>
      <p class="reading">\(words.reading.html)</p>
      \(lines.map { "<p>\($0.html)</p>" }.joined(separator: "\n"))
      \(HTML.details("Every statistic", words.table.html))
      </section>
      """
  }

  /// How words and numbers are meant.
  private var guide: String {
    let words = GuideWords(analysis)
    let paragraphs = (words.terms + words.points).map { "<p>\($0.html)</p>" }
    return "<h2>How to read this</h2>\n\(HTML.details("What the words mean", paragraphs.joined(separator: "\n")))"
  }

  /// Why to believe it, and how it was made.
  var footer: String {
    let words = TrustWords(analysis)
    let trust = [("Closure", words.closure), ("Verification", words.verification)]
    let files = ([ReportFiles.report] + ReportFiles.readable(analysis)).map { "<a href=\"\($0)\">\($0)</a>" }
    let predictions = LossWords(analysis)?.shift.map { "<h2>Predictions</h2>\n<p>\($0.html)</p>" } ?? ""
    return """
      <footer>
      \(predictions)
      <h2>What was compared</h2>
      \(HTML.list(SettingWords(analysis).rows))
      <h2>Can it be trusted?</h2>
      \(HTML.list(trust))
      \(guide)
      <h2>How this was made</h2>
      \(HTML.list(answer.provenance))
      <p>Beside this page: \(files.joined(separator: ", ")).</p>
      </footer>
      """
  }
}
