import Results

/// Everything that the folder of an ablation holds, and nothing else.
public enum AblationFiles {
  static let json = "interventions.json"
  /// The report.
  public static let report = "interventions.md"

  /// The files by their path inside the folder. The same ablation gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  public static func all(_ ablation: Ablation) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let bytes = try AblationJSON.bytes(ablation)
    let report = AblationReport(ablation)
    let texts = [(Self.report, report.text)] + report.figures.map { ($0.path, $0.text()) }
    return [(json, bytes)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Whether such a folder has a file or a folder of this path; what is anything else is somebody's own.
  public static func contains(_ path: String) -> Bool {
    [json, report, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
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
