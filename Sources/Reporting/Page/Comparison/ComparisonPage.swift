import Results

/// compare.html: the answer of a comparison first, then adapters' maps of heads side by side. One file that loads nothing, and
/// that can be read without its script.
struct ComparisonPage {
  let comparison: AdapterComparison
  let rows: ComparisonRows
  let words: ComparisonWords
  let tables: ComparisonTables
  let effects: ComparisonEffects
  /// By adapter, the path of its own page from here, or of its report where it has no page.
  private let links: [String?]
  private let pages: [String?]
  private let markdown: String

  /// A page on a comparison, of which there is a report.
  /// - Parameters:
  ///   - links: By adapter, the path of its own report from here.
  ///   - pages: The same of its page, which opens at what is chosen here.
  init(_ report: ComparisonReport, links: [String?] = [], pages: [String?] = []) {
    comparison = report.comparison
    rows = report.rows
    words = report.words
    tables = ComparisonTables(report.rows)
    effects = ComparisonEffects(report.rows)
    markdown = report.copied
    func known(_ paths: [String?], _ adapter: Int) -> String? { paths.indices.contains(adapter) ? paths[adapter] : nil }
    let adapters = comparison.adapters.indices
    self.pages = adapters.map { known(pages, $0) }
    self.links = adapters.map { known(pages, $0) ?? known(links, $0) }
  }

  /// The file's text.
  var text: String {
    PageParts.comparison.document(title: words.title, body: "\(sections)\n\(footer)") { budget in
      ComparisonPageData(rows, pages: pages, markdown: markdown, budget: budget).json
    }
  }

  private var sections: String {
    [
      navigation, caution, "<h1>\(words.title.html)</h1>", answer, notes, adapters, groups, explorer, drawings,
      knockouts,
      losses, gains,
      folded,
    ].filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The way to the adapters' own pages.
  private var navigation: String {
    let own = zip(comparison.adapters, pages).compactMap { adapter, page in page.map { (name: adapter.name, path: $0) }
    }
    return own.isEmpty ? "" : HTML.navigation([("side by side", "")] + own)
  }

  private var caution: String {
    words.caution.map { caution in
      """
      <aside class="error" role="alert"><p>\(caution.html)</p>
      \(Self.list(words.differences))</aside>
      """
    } ?? ""
  }

  private var notes: String {
    words.notes.isEmpty ? "" : "<aside class=\"warning\" role=\"note\">\(Self.list(words.notes))</aside>"
  }

  private var answer: String {
    let points = words.answer
    return """
      <section id="answer" aria-label="The answer">
      <p class="headline">\(points.first?.html ?? "")</p>
      \(points.count > 1 ? Self.list(Array(points.dropFirst())) : "")
      <p class="tools"><button type="button" id="copy" hidden>Copy as markdown</button></p>
      </section>
      """
  }

  private var adapters: String {
    let table = tables.adapters.html { row, column, cell in
      guard column == 0, let link = links[row] else { return cell.html }
      return "<a href=\"\(HTML.text(Markdown.link(link)))\" data-adapter=\"\(row)\">\(cell.html)</a>"
    }
    return "<section id=\"adapters\" aria-label=\"Adapters\">\n\(table)\n</section>"
  }

  /// Where the script draws; without it, nothing is there.
  private var explorer: String {
    guard comparison.blocks.contains(where: { $0.rms > 0 }) else { return "" }
    return """
      <section id="explore" hidden>
      <h2>Layers and heads</h2>
      <form id="switches" class="switches" aria-label="What is shown"></form>
      <div class="split beside">
      <figure id="maps" aria-label="Maps of layers and heads, one an adapter"></figure>
      <div id="panel" aria-live="polite"></div>
      </div>
      <div id="heads"></div>
      </section>
      """
  }

  static func list(_ items: [Phrase]) -> String {
    "<ul class=\"points\">\n\(items.map { "<li>\($0.html)</li>" }.joined(separator: "\n"))\n</ul>"
  }
}
