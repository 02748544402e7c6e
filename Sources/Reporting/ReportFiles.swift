import Results

/// Everything that a report's folder holds, and nothing else.
public enum ReportFiles {
  static let analysis = "analysis.json"
  static let blocks = "blocks.csv"
  static let report = "report.md"

  /// The files by their path inside the folder. The same analysis gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  public static func all(_ analysis: Analysis) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let json = try AnalysisJSON.bytes(analysis)
    let report = MarkdownReport(analysis)
    let texts =
      [(blocks, BlocksCSV.text(analysis)), (Self.report, report.text)]
      + report.figures.map { ($0.path, $0.text()) }
    return [(Self.analysis, json)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Whether a report has a file or a folder of this path; what is anything else is somebody's own.
  public static func contains(_ path: String) -> Bool {
    [analysis, blocks, report, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}
