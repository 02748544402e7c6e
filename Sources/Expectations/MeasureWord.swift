import Results

/// Words that `quantity` may be besides those of ``QuantityWord``: measures, of which `of` names the number.
enum MeasureWord {
  static let all = AnalysisPart.allCases.filter { QuantityWord(rawValue: $0.rawValue) == nil }

  /// The measure of a word.
  static func named(_ word: String) -> AnalysisPart? { all.first { $0.rawValue == word } }

  /// Keys that an expectation of a measure may have, besides name, reason and quantity.
  static func keys(_ part: AnalysisPart) -> [String] {
    ["of"] + part.rows.form.kind.keys + QuantityWord.bounds
  }
}

extension PlaceKind {
  fileprivate var keys: [String] {
    switch self {
    case .pairs: ["query", "key", "layers", "heads", "pooled"]
    case .terms: ["term", "query", "key", "layers", "heads", "pooled"]
    case .queries: ["query", "layers", "heads", "pooled"]
    case .regions, .sites: ["region", "layers"]
    case .states: ["region", "layers", "heads"]
    }
  }
}

extension YAMLMapping {
  /// What is expected of a measure.
  func expectation(_ part: AnalysisPart) throws(ExpectationsError) -> AnalysisExpectation {
    let path = try path(part)
    let selection =
      switch part.rows.form.kind {
      case .pairs, .terms, .queries: try selection()
      case .regions, .sites: try regionSelection()
      case .states: try stateSelection()
      }
    let term = part.rows.form.kind == .terms ? try term() : nil
    return .number(part.rows.quantity(path, term), of: selection, within: try bounds())
  }

  /// A number of a measure: one that all rows have, or that some may have.
  private func path(_ part: AnalysisPart) throws(ExpectationsError) -> String {
    guard let entries = part.rows.form.entries, let path = try text("of") else {
      return try required("of", among: part.rows.paths)
    }
    if part.rows.knows(path) { return path }
    throw error(
      "of",
      "\(part.rows.paths.joined(separator: ", ")) or a \(entries.name) as \(entries.example) is expected, “\(path)” was found"
    )
  }

  private func stateSelection() throws(ExpectationsError) -> Selection {
    var selection = try regionSelection()
    selection.heads = try indices("heads")
    return selection
  }

  func regionSelection() throws(ExpectationsError) -> Selection {
    Selection(region: try region("region"), layers: try indices("layers"))
  }
}

extension MeasureRow {
  fileprivate static var paths: [String] { (fields + derived).map(\.path) }
  fileprivate static func knows(_ path: String) -> Bool { field(at: path) != nil }
  fileprivate static func quantity(_ path: String, _ term: Term?) -> Quantity { .measured(Self.self, path, of: term) }
}

extension Quantity {
  /// A number of a measure's rows, by its path in a row of analysis.json: `.measured(HeadRoles.self, "induction.adapted")`.
  /// - Parameter term: The term that rows are of, where they are of one.
  public static func measured<Row: MeasureRow>(_ row: Row.Type, _ path: String, of term: Term? = nil) -> Quantity {
    Quantity("\(Row.form.name), \(path)\(term.map { " of \($0.symbol)" } ?? "")") {
      analysis, selection throws(SelectionError) in
      var readings: [Reading] = []
      let candidates = try analysis.measured(Row.self).filter { row in
        if case .term(let own, _, _) = row.place.scope { term == nil || own == term } else { true }
      }
      for row in try selection.rows(candidates, of: analysis) {
        let fields = row.ownFields + Row.derived
        guard let value = fields.first(where: { $0.path == path })?.value(row) else {
          // Of numbers by name not all rows have the same.
          if Row.form.entries != nil, Row.field(at: path) != nil { continue }
          throw SelectionError(
            "\(Row.form.name) have no \(path) at \(row.place); they have \(fields.map(\.path).joined(separator: ", "))")
        }
        readings.append(Reading(place: row.place, value: value))
      }
      guard !readings.isEmpty else { throw SelectionError("\(Row.form.name) have no \(path) in any of these rows") }
      return readings
    }
  }
}

extension Analysis {
  /// First expectations of the measures: of their rows pooled over everything.
  func describeMeasures(into writer: inout ExpectationWriter) {
    for part in MeasureWord.all { part.rows.describe(self, &writer) }
  }
}

extension MeasureRow {
  fileprivate static func describe(_ analysis: Analysis, _ writer: inout ExpectationWriter) {
    for row in analysis[rows: Self.self] ?? [] where row.place.layer == nil {
      for field in row.ownFields {
        guard let bound = field.starting, let value = field.value(row) else { continue }
        let lines = ["quantity: \(form.name)", "of: \(field.path)"] + row.place.keys + ["pooled: all"]
        switch bound {
        case .within(let margin): writer.add(lines + value.within(margin))
        case .factor(let factor): writer.add(lines + [value.upperBound(factor: factor)])
        }
      }
    }
  }
}

extension Place {
  /// The keys that select it.
  fileprivate var keys: [String] {
    switch scope {
    case .pair(let query, let key): ["query: \(query.yaml)", "key: \(key?.yaml ?? "null")"]
    case .term(let term, let query, let key): ["term: \(term.name)", "query: \(query.yaml)", "key: \(key.yaml)"]
    case .query(let query): ["query: \(query.yaml)"]
    case .region(let region), .state(let region), .site(_, let region): ["region: \(region.yaml)"]
    case .all, .named: []
    }
  }
}
