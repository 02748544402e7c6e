import Results

/// Everything that a report's folder holds, and nothing else.
package enum ReportFiles {
  static let analysis = "analysis.json"
  static let blocks = "blocks.csv"
  static let prompts = "prompts.csv"
  static let report = "report.md"
  /// The page that says the same, to be explored.
  package static let page = "report.html"

  /// The files of a report that programs read.
  static func readable(_ analysis: Analysis) -> [String] {
    [Self.analysis, blocks] + (PromptsCSV.isWritten(analysis) ? [prompts] : [])
  }

  /// The files by their path inside the folder. The same analysis gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(_ analysis: Analysis) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    try all(analysis, others: [])
  }

  /// - Parameter others: Pages of adapters that were analysed together: name and path from this page, empty for itself.
  private static func all(
    _ analysis: Analysis, others: [(name: String, path: String)]
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    // About as much work as all others.
    let (json, texts) = sideBySide { () throws(ResultsError) in
      try AnalysisJSON.bytes(analysis)
    } _: {
      let report = MarkdownReport(analysis)
      return [
        (blocks, BlocksCSV.text(analysis)), (Self.report, report.text), (page, Page(report, others: others).text),
      ]
        + [PromptsCSV.text(analysis)].compactMap { $0.map { (prompts, $0) } }
        + MeasureCSV.all(analysis) + report.figures.map { ($0.path, $0.text()) }
    }
    return [(Self.analysis, try json.get())] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// The text of report.html.
  /// - Parameters:
  ///   - ablations: Of the same pair, whose knock-outs are shown beside the analysis's numbers.
  ///   - others: Pages of adapters that were analysed together (``pages(_:from:)``).
  package static func page(
    _ analysis: Analysis, ablations: [Ablation], others: [(name: String, path: String)] = []
  ) -> String {
    Page(MarkdownReport(analysis), others: others, ablations: ablations).text
  }

  /// The comparison and the pages of folders that stand beside each other: name and path from one of them, empty for itself.
  package static func pages(_ folders: [String], from own: String) -> [(name: String, path: String)] {
    [(name: "side by side", path: "../\(ComparisonFiles.page)")]
      + folders.map { (name: $0, path: $0 == own ? "" : "../\($0)/\(page)") }
  }

  /// Several analyses, each in a folder of its own, named after the adapter, with a page beside them that compares them.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(
    _ analyses: [Analysis], _ comparison: AdapterComparison
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    var files: [[(path: String, bytes: [UInt8])]] = []
    let folders = ReportSet.folders(analyses.map(\.adapted.name))
    for (analysis, own) in zip(analyses, folders) {
      files.append(try all(analysis, others: pages(folders, from: own)))
    }
    return try ReportSet.files(folders, report: report, page: page, comparison, files)
  }

  /// What of a folder's contents belongs to no report or set of reports, and so is somebody's own.
  /// - Parameter paths: All files and folders in it, by their path inside.
  package static func foreign(in paths: [String]) -> String? {
    ReportSet.foreign(in: paths, mark: analysis, isOwn: contains)
  }

  /// Whether a report has a file or a folder of this path.
  private static func contains(_ path: String) -> Bool {
    ([analysis, blocks, prompts, report, page, ReportFigure.folder] + MeasureCSV.tables.map(\.path)).contains(path)
      || ReportFigure.isFigure(path)
  }
}
