/// A table of a report before any markup.
struct Table {
  /// Names of the columns.
  var header: [Phrase]
  /// The cells, row by row.
  var rows: [[Phrase]]
  /// How many columns from the left hold words; the others hold numbers.
  var words = 1

  /// The table as markdown.
  var markdown: String { markdown { _, name in name.markdown } }

  /// The table as markdown, its rows' names as they are given.
  func markdown(naming: (Int, Phrase) -> String) -> String {
    let cells = rows.enumerated().map { row, cells in
      cells.enumerated().map { $0 == 0 ? naming(row, $1) : $1.markdown }
    }
    return Markdown.table(header.map(\.markdown), cells, words: words)
  }

  /// The table without a column of words.
  func without(_ column: Int) -> Table {
    Table(
      header: header.removing(column), rows: rows.map { $0.removing(column) }, words: column < words ? words - 1 : words
    )
  }
}

extension Array {
  fileprivate func removing(_ index: Int) -> Array {
    var copy = self
    copy.remove(at: index)
    return copy
  }
}
