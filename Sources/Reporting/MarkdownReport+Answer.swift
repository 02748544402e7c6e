import Results

/// The answer as markdown.
extension MarkdownReport {
  /// Errors stand above everything.
  var errors: String? { alerts(.error, "CAUTION") }

  /// What else has to be known before anything is believed.
  var warnings: String? { alerts(.warning, "WARNING") }

  private func alerts(_ severity: Alert.Severity, _ mark: String) -> String? {
    let own = answer.alerts.filter { $0.severity == severity }.map(\.text.markdown)
    guard !own.isEmpty else { return nil }
    return "> [!\(mark)]\n" + own.map { own.count == 1 ? "> \($0)" : "> - \($0)" }.joined(separator: "\n")
  }

  var answerSection: String {
    let spoken = answer.blocks.filter { !$0.isFolded }.map { "### \($0.title.markdown)\n\n\(points($0))" }
    let reading = answer.reading.map(\.markdown).joined(separator: " ")
    let paragraphs = ["## The answer", answer.headline.markdown, reading, matrix ?? ""] + spoken + [others, matter]
    return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n\n")
  }

  /// What is not put in words, once.
  private var others: String {
    tables.others.map { table in
      """
      ### The other pairs of regions

      Size is in \(analysis.attention == nil ? "rms ΔS" : "nats a query and head"); [\(ReportFiles.page)](\(ReportFiles.page)) has their \
      words, layers and heads.

      \(table.markdown)
      """
    } ?? ""
  }

  private var matter: String {
    [
      answer.matter.isEmpty ? nil : "### Does it matter?\n\n\(answer.matter.markdown)",
      answer.mixture.isEmpty ? nil : "### Experts\n\n\(answer.mixture.markdown)",
      answer.memory.isEmpty ? nil : "### Linear attention\n\n\(answer.memory.markdown)",
    ].compactMap(\.self).joined(separator: "\n\n")
  }

  private func points(_ block: BlockAnswer) -> String {
    block.points.map { point in
      let text = point.label == BlockAnswer.termLabel ? [point.text, block.layers].joined(by: " ") : point.text
      return "- \(point.label): \(text.markdown)"
    }.joined(separator: "\n")
  }

  private var matrix: String? {
    tables.matrix.map { "\(tables.matrixReading.markdown)\n\n\($0.markdown)" }
  }

  /// How this was made.
  var provenance: String {
    let rows = answer.provenance.filter { $0.label != "command" }.map { "| \($0.label) | \($0.text.markdown) |" }
    let command = analysis.command.map {
      "```sh\n\($0.split(whereSeparator: \.isNewline).joined(separator: " ").visible)\n```\n\n"
    }
    return "## How this was made\n\n\(command ?? "")| | |\n| :-- | :-- |\n" + rows.joined(separator: "\n")
  }
}
