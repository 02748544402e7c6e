import Results

/// What leaving parts of the change out costs, as the reports of the ablations have it.
extension Page {
  /// The interventions of each ablation.
  var knockouts: String {
    guard !ablations.isEmpty else { return "" }
    return
      "<section id=\"knockouts\">\n<h2>Knock-outs</h2>\n\(ablations.map(section).joined(separator: "\n"))\n</section>"
  }

  private func section(_ ablation: Ablation) -> String {
    let report = AblationReport(ablation)
    let singles = ablation.overview + report.singles
    let table = singles.isEmpty ? "" : report.rows(singles) { AblationReport.symbols($0.name) }.html
    let sweeps = report.families.map { family in
      HTML.details(
        "\(HTML.text(AblationReport.symbols(family.title))): \(family.ends.words)",
        report.rows(family.ends.shown) { AblationReport.symbols(family.name($0)) }.html)
    }
    let alerts = [failure(ablation)] + ablation.warnings.map { "\($0)" as Phrase }
    return ([reading(ablation)] + alerts.compactMap(\.self)).map { "<p class=\"reading\">\($0.html)</p>" }
      .joined(separator: "\n") + "\n" + ([table] + report.worthTables.map(worth) + sweeps).joined(separator: "\n")
  }

  /// What parts are worth.
  private func worth(_ worth: (title: String, text: Phrase, table: Table)) -> String {
    "<h3>\(HTML.text(worth.title))</h3>\n<p>\(worth.text.html)</p>\n\(worth.table.html)"
  }

  /// What was measured, and on what.
  private func reading(_ ablation: Ablation) -> Phrase {
    let tokens = ablation.runs.first?.pooled?.tokens ?? 0
    let others = ablation.lossRegion.map { "of “\($0)”" } ?? "after the separator"
    let predicted = "\(ablation.prompts.judgedTokens(others: others))" as Phrase
    let elsewhere: Phrase =
      ablation.promptsFingerprint == analysis.promptsFingerprint ? "" : ", which are not those of the analysis"
    return """
      The adapted model with parts of its change left out, on \(Numbers.count(ablation.prompts.count, "prompt"))\(elsewhere), by \
      the predictions of \(Numbers.count(tokens, "token")) \(predicted). Benefit lost: the part of what the adapter lowers the \
      loss by that goes with what is left out.
      """
  }

  private func failure(_ ablation: Ablation) -> Phrase? {
    ablation.verification?.passed == false
      ? .strong("The verification of this ablation failed: do not use its numbers.") : nil
  }
}
