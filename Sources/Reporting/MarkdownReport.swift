import Results

/// report.md: the answer first, then what it rests on.
public struct MarkdownReport {
  let analysis: Analysis
  let pairs: [RegionPair]
  let figures: [ReportFigure]

  /// A report on an analysis.
  public init(_ analysis: Analysis) {
    self.analysis = analysis
    pairs = RegionPair.all(analysis)
    figures = ReportFigure.all(analysis)
  }

  /// The file's text.
  public var text: String {
    let sections = [
      failedVerification, leak, title, answer, warnings, setting, blockTables, sourceTables, figureLinks, layerTables,
      changedHeads, tokenPairs, massTables, writtenValues, products, stream, chance, losses, zeros, trust, guide,
    ]
    return sections.compactMap(\.self).joined(separator: "\n\n") + "\n"
  }

  private var title: String {
    "# What \(Markdown.name(analysis.adapted.name)) changed in the attention of \(Markdown.name(analysis.base.name))"
  }

  /// A failed verification tops the report.
  private var failedVerification: String? {
    guard let verification = analysis.verification, !verification.passed else { return nil }
    let failed = verification.worst.filter { !($0.difference <= verification.tolerance) }
    let list = failed.map { "`\($0.statistic)` by \(Numbers.size($0.difference)) at \(Markdown.inline($0.place))" }
    return """
      > [!CAUTION]
      > **The verification failed: do not use these numbers.** Two plain double-precision runs disagree with the analysis \
      by more than \(Numbers.setting(verification.tolerance))\(list.isEmpty ? "" : ": \(list.joined(separator: "; "))").
      """
  }

  /// So does a promised zero that is none.
  private var leak: String? {
    guard analysis.hasLeak else { return nil }
    return """
      > [!CAUTION]
      > **A term that the mask promises to be zero is not: do not use these numbers.** “Zeros and their causes” says where.
      """
  }

  /// What a reader has to know before believing the answer stands right below it.
  private var warnings: String? {
    guard !analysis.warnings.isEmpty else { return nil }
    return "> [!WARNING]\n" + analysis.warnings.map { "> - \(Markdown.inline($0))" }.joined(separator: "\n")
  }

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
