import Results

/// report.html: the answer first, then layers, heads and pairs of tokens to look at. One file that loads nothing, and that can be
/// read without its script.
struct Page {
  let analysis: Analysis
  let answer: Answer
  let tables: AnswerTables
  /// The comparison, and pages of adapters that were analysed together: name and path from here.
  let others: [(name: String, path: String)]
  /// Ablations of the same pair, whose knock-outs stand beside its numbers.
  let ablations: [Ablation]
  private let figures: [ReportFigure]
  private let markdown: String

  /// A page on an analysis, of which there is a report.
  init(_ report: MarkdownReport, others: [(name: String, path: String)] = [], ablations: [Ablation] = []) {
    analysis = report.analysis
    answer = report.answer
    tables = report.tables
    figures = report.figures
    markdown = "# \(answer.title.markdown)\n\n\(report.answerSection)\n"
    self.others = others
    self.ablations = ablations
  }

  /// The file's text.
  var text: String {
    PageParts.report.document(title: answer.title, body: "\(sections)\n\(footer)") { budget in
      PageData(
        analysis, tables.findings, ablations, markdown: markdown, tables: figureTables, budget: budget
      ).json
    }
  }

  private var sections: String {
    [
      HTML.navigation(others), alerts(.error), "<h1>\(answer.title.html)</h1>", alerts(.warning), answerSection,
      explorer, predictions, drawings, knockouts, chance, folded,
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Figures as they stand in the report; the maps of heads are drawn by the script.
  private var drawings: String {
    let drawn = figures.filter { !$0.isMap }.map { figure in
      "<figure id=\"figure-\(figure.name)\">\n<div class=\"wide\">\(figure.draw().inline(id: figure.name))</div>\n</figure>"
    }
    let maps = [
      figures.first { $0.isHeads && analysis.base.layers * analysis.base.heads <= 1024 },
      figures.first { $0.isMap && !$0.isHeads && analysis.base.layers <= 32 },
    ].compactMap(\.self).map { figure in
      "<noscript><figure><div class=\"wide\">\(figure.draw().inline(id: figure.name))</div></figure></noscript>"
    }
    guard !drawn.isEmpty || !maps.isEmpty else { return "" }
    return
      "<section id=\"figures\">\n<h2>Figures</h2>\n\((drawn + (maps.isEmpty ? [""] : maps)).joined(separator: "\n"))\n</section>"
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
  /// Whether the script draws it: a map of heads, or of writers.
  fileprivate var isMap: Bool { isHeads || name == WriterMap.name }

  /// Whether it is a map of heads.
  fileprivate var isHeads: Bool { name.hasPrefix("heads-") }
}
