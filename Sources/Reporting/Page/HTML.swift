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
  var html: String {
    func cell(_ phrase: Phrase, _ column: Int) -> String {
      let style = column < words ? "" : " class=\"number\""
      return column == 0 ? "<th scope=\"row\">\(phrase.html)</th>" : "<td\(style)>\(phrase.html)</td>"
    }
    let head = header.enumerated().map { column, name in
      "<th scope=\"col\"\(column < words ? "" : " class=\"number\"")>\(name.html)</th>"
    }
    let body = rows.map { "<tr>\($0.enumerated().map { cell($1, $0) }.joined())</tr>" }
    return """
      <div class="wide"><table>
      <thead><tr>\(head.joined())</tr></thead>
      <tbody>
      \(body.joined(separator: "\n"))
      </tbody></table></div>
      """
  }
}
