import Results

/// Tables as comma-separated values (RFC 4180).
enum CSV {
  /// The rows, the first of them the header.
  static func text(_ rows: [[String]]) -> String {
    var text = ""
    for row in rows {
      for (column, field) in row.enumerated() {
        if column > 0 { text += "," }
        text += isPlain(field) ? field : quoted(field)
      }
      text += "\r\n"
    }
    return text
  }

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
