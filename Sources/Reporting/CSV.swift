import Results

/// A table of comma-separated values (RFC 4180) as it grows, for tables of many rows.
struct CSVText {
  private(set) var bytes: [UInt8] = []
  private var isFirst = true

  /// Adds a field of letters, digits or whatever a file holds.
  mutating func add(_ field: String) {
    separate()
    bytes.append(contentsOf: CSV.field(field).utf8)
  }

  /// Adds a number.
  mutating func add(_ number: Double) {
    separate()
    var digits = number.description
    digits.withUTF8 { bytes.append(contentsOf: $0) }
  }

  /// Ends the row.
  mutating func endRow() {
    bytes.append(contentsOf: "\r\n".utf8)
    isFirst = true
  }

  private mutating func separate() {
    if !isFirst { bytes.append(UInt8(ascii: ",")) }
    isFirst = false
  }
}

/// Tables as comma-separated values (RFC 4180).
enum CSV {
  /// The rows, the first of them the header.
  static func text(_ rows: [[String]]) -> String {
    var text = ""
    for row in rows {
      for (column, field) in row.enumerated() {
        if column > 0 { text += "," }
        text += self.field(field)
      }
      text += "\r\n"
    }
    return text
  }

  /// A field as it stands in a row.
  static func field(_ field: String) -> String { isPlain(field) ? field : quoted(field) }

  /// Whether a field is letters and digits that stand for themselves, as nearly all are.
  private static func isPlain(_ field: String) -> Bool {
    guard let first = field.utf8.first else { return true }
    return !marks.contains(first)
      && field.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: ",") }
  }

  /// What makes a spreadsheet take a field for a formula.
  private static let marks = Array("=+-@".utf8)

  /// A field with nothing in it that is obeyed: what a spreadsheet would compute is a text by its apostrophe; numbers stay numbers.
  private static func quoted(_ field: String) -> String {
    var field = field.visible
    if let first = field.utf8.first, marks.contains(first), Double(field) == nil { field = "'" + field }
    // Scalars, since a quotation mark and an accent behind it are one character.
    let special = field.unicodeScalars.contains { ["\"", ","].contains($0) }
    return special ? "\"\(field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\"" : field
  }
}

/// A measure's rows of single heads, or of layers, as a table (RFC 4180): where they stand, what they count, and a column a field.
enum MeasureCSV {
  /// Measures whose rows are a table, and the files that hold them.
  static let tables = AnalysisPart.allCases.filter { $0.rows.form.hasTable }.map {
    (part: $0, path: "\($0.rawValue).csv")
  }

  /// The tables of the measures that an analysis has.
  static func all(_ analysis: Analysis) -> [(path: String, text: String)] {
    tables.compactMap { part, path in part.rows.csv(analysis).map { (path, $0) } }
  }
}

extension MeasureRow {
  fileprivate static func csv(_ analysis: Analysis) -> String? {
    guard let rows = analysis[rows: Self.self] else { return nil }
    let counted = form.counted.map { [$0.rawValue] } ?? []
    if let entries = form.entries { return csv(rows, counted, entries) }
    return CSV.text(
      [form.kind.columns + counted + fields.map(\.path)]
        + rows.filter { !$0.place.isPooled }.map { row in
          row.place.cells + (counted.isEmpty ? [] : ["\(row.count)"])
            + fields(at: row.place).map { field in field.value(row).map { "\($0)" } ?? "" }
        })
  }

  /// Numbers that some rows have and others lack stand one below the other.
  private static func csv(_ rows: [Self], _ counted: [String], _ entries: MeasureForm.Entries) -> String {
    var text = CSVText()
    for column in form.kind.columns + counted + [entries.name, entries.value] { text.add(column) }
    text.endRow()
    for row in rows where !row.place.isPooled {
      let cells = row.place.cells + (counted.isEmpty ? [] : ["\(row.count)"])
      for field in row.ownFields {
        guard let value = field.value(row) else { continue }
        for cell in cells + [field.names.last ?? ""] { text.add(cell) }
        text.add(value)
        text.endRow()
      }
    }
    return String(decoding: text.bytes, as: UTF8.self)
  }
}

extension PlaceKind {
  fileprivate var columns: [String] {
    switch self {
    case .pairs: ["layer", "head", "query", "key"]
    case .terms: ["layer", "head", "query", "key", "term"]
    case .queries: ["layer", "head", "query"]
    case .regions: ["layer", "region"]
    case .states: ["layer", "head", "region"]
    case .sites: ["layer", "site", "region"]
    }
  }
}

extension Place {
  /// Under the columns of its kind; an attention sink has no key.
  fileprivate var cells: [String] {
    let (layer, head) = (layer.map { "\($0)" } ?? "", head.map { "\($0)" } ?? "")
    return switch scope {
    case .all: [layer, head]
    case .named(let name): [name]
    case .pair(let query, let key): [layer, head, query, key ?? ""]
    case .term(let term, let query, let key): [layer, head, query, key, term.name]
    case .query(let query): [layer, head, query]
    case .region(let region): [layer, region]
    case .state(let region): [layer, head, region]
    case .site(let site, let region): [layer, site.rawValue, region]
    }
  }
}
