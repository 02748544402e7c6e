import Results

/// Everything that the folder of an ablation holds, and nothing else.
package enum AblationFiles {
  static let json = "interventions.json"
  static let table = "interventions.csv"
  static let worth = "worth.csv"
  /// The report.
  package static let report = "interventions.md"

  /// The files by their path inside the folder. The same ablation gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(_ ablation: Ablation) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let bytes = try AblationJSON.bytes(ablation)
    let report = AblationReport(ablation)
    let texts =
      [(Self.report, report.text), (table, InterventionsCSV.interventions(ablation))]
      + [InterventionsCSV.worth(ablation)].compactMap { $0.map { (worth, $0) } }
      + report.figures.map { ($0.path, $0.text()) }
    return [(json, bytes)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Several ablations, each in a folder of its own, named after the adapter, with a page beside them that compares them.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(
    _ ablations: [Ablation], _ comparison: AdapterComparison
  ) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    var files: [[(path: String, bytes: [UInt8])]] = []
    for ablation in ablations { files.append(try all(ablation)) }
    return try ReportSet.files(ReportSet.folders(ablations.map(\.adapted.name)), report: report, comparison, files)
  }

  /// What of a folder's contents belongs to no such report or set of them, and so is somebody's own.
  /// - Parameter paths: All files and folders in it, by their path inside.
  package static func foreign(in paths: [String]) -> String? {
    ReportSet.foreign(in: paths, mark: json, isOwn: contains)
  }

  /// Whether a report has a file or a folder of this path.
  private static func contains(_ path: String) -> Bool {
    [json, report, table, worth, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}

extension ReportFigure {
  /// The figures of an ablation: bars of what was asked for, and of each sweep a map or bars.
  static func all(_ ablation: Ablation) -> [ReportFigure] {
    var figures: [ReportFigure] = []
    let singles = ablation.overview + ablation.knockouts.filter { $0.sweep == nil }
    if let bars = BenefitBars(singles.map { (AblationReport.symbols($0.name), $0) }) {
      figures.append(ReportFigure("benefit-lost", title: "Benefit lost") { bars.figure(title: "Benefit lost") })
    }
    for (index, family) in AblationFamily.all(ablation).enumerated() {
      let name = "\(family.sweep)-\(index + 1)"
      let title = "Benefit lost: \(AblationReport.symbols(family.title))"
      if family.sweep == "heads" {
        if let map = BenefitMap(family) {
          figures.append(ReportFigure(name, title: title) { map.figure(title: title) })
        }
      } else if let bars = BenefitBars(family.members.map { (AblationReport.symbols(family.name($0)), $0) }) {
        figures.append(ReportFigure(name, title: title) { bars.figure(title: title) })
      }
    }
    return figures
  }
}
