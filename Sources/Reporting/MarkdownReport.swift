import Results

/// report.md: the answer first, then what it rests on.
package struct MarkdownReport {
  let analysis: Analysis
  let pairs: [RegionPair]
  let figures: [ReportFigure]
  let answer: Answer
  let tables: AnswerTables

  /// A report on an analysis.
  package init(_ analysis: Analysis) {
    self.analysis = analysis
    let findings = Findings.all(analysis)
    pairs = findings.map(\.pair)
    figures = ReportFigure.all(analysis, findings)
    answer = Answer(analysis, findings)
    tables = AnswerTables(analysis, findings)
  }

  /// The file's text.
  package var text: String {
    let sections = [
      errors, title, warnings, answerSection, figureLinks, setting, blockTables, layerTables, changedHeads, tokenPairs,
      sourceTables, massTables, writtenValues, products, stream, chance, losses, zeros, trust, guide, provenance,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  private var title: String { "# \(answer.title.markdown)" }

  private var losses: String? {
    let tables = PredictionTables(analysis)
    let parts = [
      LossWords(analysis)?.shift?.markdown, tables?.reading.markdown, tables?.writers.markdown,
      tables?.attentions?.markdown,
    ].compactMap(\.self)
    return parts.isEmpty ? nil : (["## Predictions"] + parts).joined(separator: "\n\n")
  }
}
