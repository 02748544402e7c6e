import Results

/// report.html: the answer first, then layers, heads and pairs of tokens to look at. One file that loads nothing, and that can be
/// read without its script.
struct Page {
  /// The most bytes of a page, as far as what it shows can be chosen.
  static let mostBytes = 1_990_000

  let analysis: Analysis
  let answer: Answer
  let tables: AnswerTables
  /// Pages of adapters that were analysed together: name and path from here.
  let others: [(name: String, path: String)]
  private let figures: [ReportFigure]
  private let markdown: String

  /// A page on an analysis, of which there is a report.
  init(_ report: MarkdownReport, others: [(name: String, path: String)] = []) {
    analysis = report.analysis
    answer = report.answer
    tables = report.tables
    figures = report.figures
    markdown = "# \(answer.title.markdown)\n\n\(report.answerSection)\n"
    self.others = others
  }

  /// The file's text.
  var text: String {
    let (head, body) = (head, "\(sections)\n\(footer)")
    let bytes = [head, body, PageParts.script].reduce(0) { $0 + $1.utf8.count }
    let data = PageData(
      analysis, tables.findings, markdown: markdown, tables: figureTables, budget: Self.mostBytes - bytes)
    return """
      \(head)
      <body>
      \(body)
      <script type="application/json" id="data">\(data.json)</script>
      <script>\(PageParts.script)</script>
      </body>
      </html>

      """
  }

  private var head: String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta http-equiv="Content-Security-Policy" content="\(PageParts.policy)">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="referrer" content="no-referrer">
    <title>\(HTML.text(answer.title.plain))</title>
    <style>\(PageParts.style)</style>
    <style id="figure-style">\(PageParts.figureStyle)</style>
    </head>
    """
  }

  private var sections: String {
    [
      navigation, alerts(.error), "<h1>\(answer.title.html)</h1>", alerts(.warning), answerSection, explorer, drawings,
      folded,
    ].filter { !$0.isEmpty }
      .joined(separator: "\n")
  }

  /// The way to the other adapters' pages.
  private var navigation: String {
    guard !others.isEmpty else { return "" }
    let links = others.map { name, path in
      let isHere = path.isEmpty ? " aria-current=\"page\"" : ""
      return
        "<a class=\"sibling\" href=\"\(HTML.text(path.isEmpty ? "#" : Markdown.link(path)))\"\(isHere)>\(HTML.text(name))</a>"
    }
    return "<nav aria-label=\"Adapters\">\(links.joined(separator: "\n"))</nav>"
  }

  /// Figures as they stand in the report; the maps of heads are drawn by the script.
  private var drawings: String {
    let drawn = figures.filter { !$0.isMap }.map { figure in
      "<figure id=\"figure-\(figure.name)\">\n<div class=\"wide\">\(figure.draw().inline(id: figure.name))</div>\n</figure>"
    }
    let maps = figures.first { $0.isMap && analysis.base.layers * analysis.base.heads <= 1024 }.map { figure in
      "<noscript><figure><div class=\"wide\">\(figure.draw().inline(id: figure.name))</div></figure></noscript>"
    }
    guard !drawn.isEmpty || maps != nil else { return "" }
    return "<section id=\"figures\">\n<h2>Figures</h2>\n\((drawn + [maps ?? ""]).joined(separator: "\n"))\n</section>"
  }

  /// Rows behind the figures that the script does not draw itself, as comma-separated values.
  private var figureTables: [(name: String, csv: String)] {
    figures.compactMap { figure in
      switch figure.name {
      case "stream": (figure.name, PageCSV.stream(analysis))
      case "products": (figure.name, PageCSV.products(analysis))
      default: nil
      }
    }
  }
}

extension ReportFigure {
  /// Whether it is a map of heads.
  fileprivate var isMap: Bool { name.hasPrefix("heads-") }
}
