import Results

/// Small pieces of HTML. Whatever comes from a file passes through ``text(_:)``.
enum HTML {
  /// A text between tags or inside an attribute: nothing of it is taken for markup, and nothing of it is hidden.
  static func text(_ text: String) -> String {
    String(text.map { $0.isNewline ? " " : $0 }).visible.xmlEscaped
  }

  /// A section that is folded until it is wanted.
  static func details(_ summary: String, _ content: String) -> String {
    "<details><summary>\(summary)</summary>\n\(content)\n</details>"
  }

  /// The way to pages of the same set: name and path from here, empty for the page itself.
  static func navigation(_ pages: [(name: String, path: String)]) -> String {
    guard !pages.isEmpty else { return "" }
    let links = pages.map { name, path in
      let isHere = path.isEmpty ? " aria-current=\"page\"" : ""
      return
        "<a class=\"sibling\" href=\"\(text(path.isEmpty ? "#" : Markdown.link(path)))\"\(isHere)>\(text(name))</a>"
    }
    return "<nav aria-label=\"Adapters\">\(links.joined(separator: "\n"))</nav>"
  }

  /// Things and what there is to say of each.
  static func list(_ rows: [(label: String, text: Phrase)]) -> String {
    "<dl>\n\(rows.map { "<dt>\($0.label)</dt><dd>\($0.text.html)</dd>" }.joined(separator: "\n"))\n</dl>"
  }
}

extension Phrase {
  /// The phrase as HTML; a number and its percent sign stay on one line.
  var html: String {
    spans.map { span in
      let text = HTML.text(span.text).replacing(" %", with: "&nbsp;%")
      let code = span.isCode ? "<code>\(text)</code>" : text
      return span.isStrong ? "<strong>\(code)</strong>" : code
    }.joined()
  }
}

extension Table {
  /// The table as HTML; its first column names the rows.
  var html: String { html { _, _, cell in cell.html } }

  /// The table as HTML, what its cells hold as it is given, by row and column.
  func html(holding: (Int, Int, Phrase) -> String) -> String {
    func cell(_ phrase: Phrase, _ row: Int, _ column: Int) -> String {
      let style = column < words ? "" : " class=\"number\""
      let content = holding(row, column, phrase)
      return column == 0 ? "<th scope=\"row\">\(content)</th>" : "<td\(style)>\(content)</td>"
    }
    let head = header.enumerated().map { column, name in
      "<th scope=\"col\"\(column < words ? "" : " class=\"number\"")>\(name.html)</th>"
    }
    let body = rows.enumerated().map { row, cells in
      "<tr>\(cells.enumerated().map { cell($1, row, $0) }.joined())</tr>"
    }
    return """
      <div class="wide"><table>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}
