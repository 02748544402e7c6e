import Results

/// Everything that a report's folder holds.
public enum ReportFiles {
  /// The files by their path inside the folder. The same analysis gives the same bytes.
  public static func all(_ analysis: Analysis) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    var files = [
      ("analysis.json", try AnalysisJSON.bytes(analysis)),
      ("blocks.csv", Array(BlocksCSV.text(analysis).utf8)),
      ("report.md", Array(MarkdownReport(analysis).text.utf8)),
    ]
    for figure in figures(analysis) { files.append((figure.path, Array(figure.text.utf8))) }
    return files.map { (path: $0.0, bytes: $0.1) }
  }

  /// The figures, in the order the report shows them.
  static func figures(_ analysis: Analysis) -> [(path: String, title: String, text: String)] {
    var figures: [(path: String, title: String, text: String)] = []
    if let bars = ShareBars(analysis) {
      figures.append(("figures/shares-by-layer.svg", "Shares of the terms by layer", bars.figure()))
    }
    var taken: Set<String> = []
    for pair in RegionPair.all(analysis) {
      guard let map = Heatmap(analysis, query: pair.query, key: pair.key),
        analysis.blocks.contains(where: { pair.matches($0) && $0.raw.delta.rms > 0 })
      else { continue }
      var name = pair.fileName
      // Some file systems take "User" and "user" for one name.
      while !taken.insert(name.lowercased()).inserted { name += "-" }
      let title = "Heads, \(pair.title)"
      figures.append(("figures/heads-\(name).svg", title, map.figure(title: title)))
    }
    if let chart = StreamChart(analysis) {
      figures.append(("figures/stream.svg", "Residual-stream divergence", chart.figure()))
    }
    return figures
  }
}
