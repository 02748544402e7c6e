import Results

/// report.md: the answer first, then what it rests on.
public struct MarkdownReport {
  let analysis: Analysis
  let pairs: [RegionPair]
  let figures: [ReportFigure]
  let answer: Answer
  let tables: AnswerTables

  /// A report on an analysis.
  public init(_ analysis: Analysis) {
    self.analysis = analysis
    pairs = RegionPair.all(analysis)
    figures = ReportFigure.all(analysis)
    answer = Answer(analysis)
    tables = AnswerTables(analysis)
  }

  /// The file's text.
  public var text: String {
    let sections = [
      errors, title, warnings, answerSection, figureLinks, setting, blockTables, layerTables, changedHeads, tokenPairs,
      sourceTables, massTables, writtenValues, products, stream, chance, losses, zeros, trust, guide, provenance,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  private var title: String { "# \(answer.title.markdown)" }

  private var losses: String? {
    guard let loss = analysis.loss else { return nil }
    let pairs = zip(loss.base, loss.adapted).compactMap { base, adapted in
      base.flatMap { base in adapted.map { (base: base, adapted: $0) } }
    }
    guard !pairs.isEmpty else { return shift(loss).map { "## Predictions\n\n\($0)" } }
    let base = pairs.reduce(0) { $0 + $1.base } / Double(pairs.count)
    let adapted = pairs.reduce(0) { $0 + $1.adapted } / Double(pairs.count)
    return """
      ## Loss after the separator

      Mean next-token loss over \(Numbers.count(pairs.count, "prompt")): base \(Numbers.size(base)), adapted \
      \(Numbers.size(adapted)) nats. It is lower in the adapted model for \(pairs.count { $0.adapted < $0.base }) of \
      \(pairs.count).
      """ + (shift(loss).map { "\n\n\($0)" } ?? "")
  }

  /// How far the predictions moved, in words.
  private func shift(_ loss: Losses) -> String? {
    guard !loss.divergence.isEmpty else { return nil }
    let parts = loss.divergence.map {
      "\(Numbers.size($0.kl)) in \(Markdown.inline($0.region)) (\(Numbers.count($0.predictions, "prediction")))"
    }
    return """
      KL(base ‖ adapted) of the predictions, in nats, by the region of the token that makes them: \
      \(Markdown.list(parts)).
      """
  }
}
