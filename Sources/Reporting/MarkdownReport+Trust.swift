import Results

/// Why to believe the numbers, and how to read them.
extension MarkdownReport {
  var zeros: String? {
    var rows: [[String]] = []
    for findings in tables.findings {
      let (pair, blocks) = (findings.pair, findings.rows.blocks)
      for term in Term.allCases {
        let causes = blocks.compactMap { $0.raw[term].zero }
        guard !causes.isEmpty else { continue }
        let counts = [ZeroCause.structural, .measured, .leak].map { cause in causes.count { $0 == cause } }
        rows.append([Markdown.inline("\(pair.title), ") + term.symbol] + counts.map { "\($0)" } + ["\(blocks.count)"])
      }
    }
    guard !rows.isEmpty else { return nil }
    return """
      ## Zeros and their causes

      Blocks (a layer, a head, a pair of regions) in which a term is exactly zero, and why. *Structural*: the mask or the \
      adapter's targets force it, known without looking at a value. *Measured*: it could differ and does not. *Leak*: the \
      mask promises zero and the value is not; that would be an error.

      \(Markdown.table(["block and term", "structural", "measured", "leak", "blocks"], rows))

      A term that is structurally zero still has a centred form that is not: centring takes off what the row's other keys \
      gained. That is neither a leak nor the block's own doing.
      """
  }

  /// The worst disagreement of every statistic, largest first.
  private func disagreements(_ verification: Verification) -> String {
    let ranked = verification.worst.sorted { ($0.difference, $1.statistic) > ($1.difference, $0.statistic) }
    let rows = ranked.map { ["`\($0.statistic)`", Numbers.size($0.difference), Markdown.inline($0.place)] }
    return """
      <details><summary>The largest disagreement of every statistic</summary>

      \(Markdown.table(["statistic", "relative difference", "where"], rows))

      </details>
      """
  }

  var trust: String {
    let words = TrustWords(analysis)
    let text =
      "## Can it be trusted?\n\n**Closure.** \(words.closure.markdown)\n\n**Verification.** \(words.verification.markdown)"
    guard let verification = analysis.verification, !verification.worst.isEmpty else { return text }
    return "\(text)\n\n\(disagreements(verification))"
  }

  var guide: String {
    let words = GuideWords(analysis)
    return """
      ## How to read this

      \(words.terms.map(\.markdown).joined(separator: "\n\n"))

      \(words.points.map { "- \($0.markdown)" }.joined(separator: "\n"))

      Machine-readable: \(ReportFiles.readable(analysis).map { "[\($0)](\($0))" }.joined(separator: ", ")). Leibniz \
      \(analysis.version).
      """
  }
}
