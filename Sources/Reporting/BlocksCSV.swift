import Results

/// blocks.csv: a row for every layer, head and block, with raw and centred statistics and those of every measure of pairs of regions
/// (RFC 4180).
public enum BlocksCSV {
  /// The table.
  public static func text(_ analysis: Analysis) -> String {
    let measures = AnalysisPart.allCases.map(\.rows).filter { $0.form.kind == .pairs }.compactMap {
      $0.columns(analysis)
    }
    let header = header + measures.flatMap(\.names)
    return CSV.text(
      [header] + analysis.blocks.map { block in row(block) + measures.flatMap { $0.cells(Place(block)) } })
  }

  private static let sizes = ["mean", "meanAbs", "rms", "maxAbs"]

  private static var header: [String] {
    var columns = ["layer", "head", "query", "key", "pairs", "dominant"]
    for prefix in ["", "centered."] {
      columns += sizes.map { "\(prefix)delta.\($0)" }
      for term in Term.allCases {
        columns += (sizes + ["share", "dominance"]).map { "\(prefix)\(term.name).\($0)" }
        if prefix.isEmpty { columns.append("\(term.name).zero") }
      }
    }
    return columns
  }

  private static func row(_ block: Block) -> [String] {
    ["\(block.layer)", "\(block.head)", block.query, block.key, "\(block.pairs)", block.raw.dominantTerm.name]
      + cells(block.raw, hasZeros: true) + cells(block.centered, hasZeros: false)
  }

  private static func cells(_ part: Decomposition, hasZeros: Bool) -> [String] {
    var cells = cells(part.delta)
    for term in Term.allCases {
      let statistics = part[term]
      cells += self.cells(statistics.magnitude) + ["\(statistics.share)", "\(statistics.dominance)"]
      if hasZeros { cells.append(statistics.zero?.rawValue ?? "") }
    }
    return cells
  }

  private static func cells(_ size: Magnitude) -> [String] {
    [size.mean, size.meanAbs, size.rms, size.maxAbs].map { "\($0)" }
  }
}

extension MeasureRow {
  /// A column for each of its numbers, named after measure and number; nil where the analysis has no such rows.
  fileprivate static func columns(_ analysis: Analysis) -> (names: [String], cells: (Place) -> [String])? {
    guard let rows = analysis[rows: Self.self] else { return nil }
    let known = Dictionary(rows.map { ($0.place, $0) }) { first, _ in first }
    let fields = fields
    return (
      fields.map { "\(measure).\($0.path)" },
      { place in fields.map { field in known[place].flatMap(field.value).map { "\($0)" } ?? "" } }
    )
  }
}

extension Dominance {
  /// "dKtQ", "mixed", "unchanged".
  var name: String {
    switch self {
    case .term(let term): term.name
    case .mixed: "mixed"
    case .unchanged: "unchanged"
    }
  }

  /// "dKᵀQ", "mixed", "unchanged".
  var symbol: String {
    switch self {
    case .term(let term): term.symbol
    case .mixed: "mixed"
    case .unchanged: "unchanged"
    }
  }
}
