import Results

/// blocks.csv: a row for every layer, head and block, with raw and centred statistics (RFC 4180).
public enum BlocksCSV {
  /// The table.
  public static func text(_ analysis: Analysis) -> String {
    // One row at a time: of many regions there are hundreds of thousands.
    CSV.text([header]) + CSV.text(analysis.blocks.lazy.map(row))
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
