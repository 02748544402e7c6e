/// A table of a report before any markup.
struct Table {
  /// Names of the columns.
  var header: [Phrase]
  /// The cells, row by row.
  var rows: [[Phrase]]
  /// How many columns from the left hold words; the others hold numbers.
  var words = 1

  /// The table as markdown.
  var markdown: String {
    Markdown.table(header.map(\.markdown), rows.map { $0.map(\.markdown) }, words: words)
  }
}
