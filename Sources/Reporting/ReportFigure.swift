import Results

/// A figure of a report: where it stands and how it is drawn.
struct ReportFigure {
  /// The folder of the figures inside the report's.
  static let folder = "figures"
  private static let suffix = ".svg"

  /// Path inside the report's folder.
  let path: String
  /// The title, in words.
  let title: String
  /// Draws it, each time anew.
  let draw: () -> Figure
  /// Its name without folder and suffix.
  let name: String

  init(_ name: String, title: String, draw: @escaping () -> Figure) {
    self.name = name
    path = "\(Self.folder)/\(name)\(Self.suffix)"
    self.title = title
    self.draw = draw
  }

  /// The file's text.
  func text() -> String { draw().text }

  /// Whether a path inside a report's folder is a figure's.
  static func isFigure(_ path: String) -> Bool { path.hasPrefix("\(folder)/") && path.hasSuffix(suffix) }

  /// The figures, in the order the report shows them; none is drawn yet.
  static func all(_ analysis: Analysis, _ findings: [Findings]) -> [ReportFigure] {
    var figures: [ReportFigure] = []
    if let bars = ShareBars(findings) {
      figures.append(ReportFigure("shares-by-layer", title: bars.title, draw: bars.figure))
    }
    var taken: Set<String> = []
    let shown = findings.shown
    for findings in shown {
      // Maps in one unit share the end of their scale.
      let alike = shown.filter { $0.yardstick.sizeName == findings.yardstick.sizeName }
      let largest = alike.flatMap { $0.heads.map(\.split.size) }.max() ?? 0
      guard let map = Heatmap(findings, of: analysis.base, largest: largest),
        findings.heads.contains(where: { $0.block.raw.delta.rms > 0 })
      else { continue }
      var name = findings.pair.fileName
      // Some file systems take "User" and "user" for one name.
      while !taken.insert(name.lowercased()).inserted { name += "-" }
      let title = FigureTitles.heads(findings)
      figures.append(ReportFigure("heads-\(name)", title: title) { map.figure(title: title) })
    }
    if let map = WriterMap(analysis, findings) {
      figures.append(ReportFigure(WriterMap.name, title: map.title, draw: map.figure))
    }
    if let map = ProductMap(analysis) {
      figures.append(ReportFigure("products", title: map.title, draw: map.figure))
    }
    if let chart = StreamChart(analysis) {
      figures.append(ReportFigure("stream", title: chart.title, draw: chart.figure))
    }
    return figures
  }
}
