import Results

/// Whether any change of this size would have done it.
extension MarkdownReport {
  var chance: String? {
    ChanceWords(analysis).map { words in
      let lines = words.lines.map { "- \($0.markdown)" }.joined(separator: "\n")
      return """
        ## Chance

        \(words.reading.markdown)

        \(lines.isEmpty ? ChanceWords.nothing.markdown : lines)

        \(words.table.markdown)
        """
    }
  }
}
