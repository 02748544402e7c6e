import Results

/// Everything that a report's folder holds, and nothing else.
public enum ReportFiles {
  static let analysis = "analysis.json"
  static let blocks = "blocks.csv"
  static let report = "report.md"
  /// What earlier versions wrote in place of the comparison.
  static let index = "index.md"

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

  /// Several analyses, each in a folder of its own, named after the adapter, with a page beside them that compares them.
  /// - Throws: ``ResultsError`` where a number is not finite.
  public static func all(
    _ analyses: [Analysis], _ comparison: AdapterComparison
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let names = folders(analyses.map(\.adapted.name))
    var files = try ComparisonFiles.all(comparison, links: names.map { "\($0)/\(report)" })
    for (name, analysis) in zip(names, analyses) {
      files += try all(analysis).map { ("\(name)/\($0.path)", $0.bytes) }
    }
    return files
  }

  /// Names of folders for adapters: their own, and where two are alike in a file system that ignores case, with a number.
  public static func folders(_ names: [String]) -> [String] {
    var taken: Set = [index, ComparisonFiles.report, ComparisonFiles.json, ReportFigure.folder]
    return names.map { name in
      let plain =
        name.unicodeScalars.contains { $0 == "/" || $0 == "\0" } || [".", "..", ""].contains(name) ? "adapter" : name
      let candidates = [plain] + (2..<names.count + 3).map { "\(plain)-\($0)" }
      let own = candidates.first { !taken.contains($0.lowercased()) } ?? plain
      taken.insert(own.lowercased())
      return own
    }
  }

  /// What of a folder's contents belongs to no report or set of reports, and so is somebody's own.
  /// - Parameter paths: All files and folders in it, by their path inside.
  public static func foreign(in paths: [String]) -> String? {
    let folders = Set(paths.filter { paths.contains("\($0)/\(analysis)") && !$0.contains("/") })
    return paths.sorted().first { path in
      if path == index || ComparisonFiles.contains(path) || folders.contains(path) { return false }
      guard let slash = path.firstIndex(of: "/"), folders.contains(String(path[..<slash])) else {
        return !contains(path)
      }
      return !contains(String(path[path.index(after: slash)...]))
    }
  }

  /// Whether a report has a file or a folder of this path.
  private static func contains(_ path: String) -> Bool {
    [analysis, blocks, report, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}
