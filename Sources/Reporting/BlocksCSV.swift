import Results

/// blocks.csv: a row for every layer, head and block, with raw and centred statistics and those of every measure of pairs of regions
/// (RFC 4180).
package enum BlocksCSV {
  /// The table.
  package static func text(_ analysis: Analysis) -> String {
    let measures = AnalysisPart.allCases.map(\.rows).filter { $0.form.kind == .pairs }.compactMap {
      $0.columns(analysis)
    }
    var text = CSVText()
    for column in header + measures.flatMap(\.names) { text.add(column) }
    text.endRow()
    let splits = TermSplits(analysis)
    for block in analysis.blocks {
      add(block, splits[PooledBlock(block)].split.dominantTerm, to: &text)
      for measure in measures { measure.add(Place(block), &text) }
      text.endRow()
    }
    return String(decoding: text.bytes, as: UTF8.self)
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

  private static func add(_ block: Block, _ dominant: Dominance, to text: inout CSVText) {
    for field in [
      "\(block.layer)", "\(block.head)", block.query, block.key, "\(block.pairs)", dominant.name,
    ] {
      text.add(field)
    }
    add(block.raw, hasZeros: true, to: &text)
    add(block.centered, hasZeros: false, to: &text)
  }

  private static func add(_ part: Decomposition, hasZeros: Bool, to text: inout CSVText) {
    add(part.delta, to: &text)
    for term in Term.allCases {
      let statistics = part[term]
      add(statistics.magnitude, to: &text)
      text.add(statistics.share)
      text.add(statistics.dominance)
      if hasZeros { text.add(statistics.zero?.rawValue ?? "") }
    }
  }

  private static func add(_ size: Magnitude, to text: inout CSVText) {
    for number in [size.mean, size.meanAbs, size.rms, size.maxAbs] { text.add(number) }
  }
}

extension MeasureRow {
  /// A column for each of its numbers, named after measure and number; nil where the analysis has no such rows.
  fileprivate static func columns(
    _ analysis: Analysis
  ) -> (names: [String], add: (Place, inout CSVText) -> Void)? {
    guard let rows = analysis[rows: Self.self] else { return nil }
    let known = Dictionary(rows.map { ($0.place, $0) }) { first, _ in first }
    let fields = fields.filter { field in !field.isSeldom || rows.contains { field.value($0) != nil } }
    return (
      fields.map { "\(measure).\($0.path)" },
      { place, text in
        let row = known[place]
        for field in fields {
          if let value = row.flatMap(field.value) { text.add(value) } else { text.add("") }
        }
      }
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
