import Results

/// Everything that the folder of a weight analysis holds, and nothing else.
package enum WeightReportFiles {
  static let json = "weights.json"
  static let weights = "weights.csv"
  static let forms = "forms.csv"
  /// The report.
  package static let report = "weights.md"

  /// The files by their path inside the folder. The same analysis gives the same bytes.
  /// - Throws: ``ResultsError`` where a number is not finite.
  package static func all(_ analysis: WeightAnalysis) throws(ResultsError) -> [(path: String, bytes: [UInt8])] {
    let bytes = try WeightAnalysisJSON.bytes(analysis)
    let report = WeightReport(analysis)
    let texts =
      [
        (weights, WeightsCSV.weights(analysis)), (forms, WeightsCSV.forms(analysis)), (Self.report, report.text),
      ] + report.figures.map { ($0.path, $0.text()) }
    return [(json, bytes)] + texts.map { (path: $0.0, bytes: Array($0.1.utf8)) }
  }

  /// Whether such a folder has a file or a folder of this path; what is anything else is somebody's own.
  package static func contains(_ path: String) -> Bool {
    [json, weights, forms, report, ReportFigure.folder].contains(path) || ReportFigure.isFigure(path)
  }
}

extension ReportFigure {
  /// The figures of a weight analysis: the heads of each form that changes.
  static func all(_ analysis: WeightAnalysis) -> [ReportFigure] {
    FormKind.allCases.compactMap { form in
      let heads = analysis.heads(form)
      guard heads.contains(where: { $0.delta != .zero }) else { return nil }
      let cells = heads.map { head in
        Heatmap.Cell(
          layer: head.layer, head: head.head, shares: head.terms.map(\.share),
          isZero: head.terms.map { $0.size == .zero },
          size: head.relative.isFinite ? head.relative : 0)
      }
      let map = Heatmap(
        cells, of: analysis.base, terms: FormTerm.allCases.map { $0.symbol(in: form) }, sizeName: "‖dM‖/‖M‖")
      let title = "Heads, \(form.rawValue) form"
      return ReportFigure("heads-\(form.rawValue.lowercased())", title: title) { map.figure(title: title) }
    }
  }
}
