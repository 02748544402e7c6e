/// Tables as comma-separated values (RFC 4180).
enum CSV {
  /// The rows, the first of them the header.
  static func text(_ rows: [[String]]) -> String {
    rows.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
  }

  private static func quoted(_ field: String) -> String {
    // Scalars, since "\r\n" is one character, and so are a quotation mark and an accent behind it.
    let special = field.unicodeScalars.contains { ["\"", ",", "\r", "\n"].contains($0) }
    return special ? "\"\(field.unicodeScalars.map { $0 == "\"" ? "\"\"" : String($0) }.joined())\"" : field
  }
}
