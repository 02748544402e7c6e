import Results

/// Everything that the folder of a comparison holds, and nothing else.
package enum ComparisonFiles {
  static let json = "comparison.json"
  static let table = "comparison.csv"
  /// The report.
  package static let report = "compare.md"
  /// The page that says the same, to be explored.
  package static let page = "compare.html"

  /// The files by their path inside the folder. The same comparison gives the same bytes.
  /// - Parameters:
  ///   - links: By adapter, the path of its own report from there.
  ///   - pages: The same of its page.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(
    _ comparison: AdapterComparison, links: [String?] = [], pages: [String?] = []
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let bytes = try ComparisonJSON.bytes(comparison)
    let report = ComparisonReport(comparison, links: links)
    let texts =
      [
        (table, ComparisonCSV.text(comparison)), (Self.report, report.text),
        (page, ComparisonPage(report, links: links, pages: pages).text),
      ]
      + report.figures.map { ($0.path, $0.text()) }
    return [(json, bytes)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Whether such a folder has a file or a folder of this path; what is anything else is somebody's own.
  package static func contains(_ path: String) -> Bool {
    [json, table, report, page, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}
