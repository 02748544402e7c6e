import Results

/// Small pieces of markdown.
enum Markdown {
  /// Text from files inside a line: nothing of it is taken for markup.
  static func inline(_ text: String) -> String { text.markdownEscaped }

  /// A name from a file as code, where it holds nothing that markdown could read; else as ``inline(_:)``.
  static func name(_ text: String) -> String {
    let isPlain = text.unicodeScalars.allSatisfy { scalar in
      scalar.isASCII
        && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
          || " -_./:;,=@%+'".unicodeScalars.contains(scalar))
    }
    return isPlain && !text.isEmpty ? "`\(text)`" : inline(text)
  }

  /// Text from files inside an HTML element, where markdown's escapes are not read.
  static func html(_ text: String) -> String {
    HTML.text(text)
  }

  /// A table; the first column, or as many as hold words, reads from the left, the others from the right.
  static func table(_ header: [String], _ rows: [[String]], words: Int = 1) -> String {
    let rule = header.indices.map { $0 < words ? ":--" : "--:" }
    return ([header, rule] + rows).map { "| \($0.joined(separator: " | ")) |" }.joined(separator: "\n")
  }

  /// "a", "a and b", "a, b and c".
  static func list(_ items: [String]) -> String {
    guard let last = items.last, items.count > 1 else { return items.first ?? "" }
    return items.dropLast().joined(separator: ", ") + " and " + last
  }

  /// Numbers as runs: "0–4, 7, 9–11".
  static func runs(_ numbers: [Int]) -> String {
    numbers.sorted().runs.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)–\($0.upperBound)" }.joined(
      separator: ", ")
  }

  /// A path inside a link.
  static func link(_ name: String) -> String {
    name.utf8.map { byte in
      let scalar = Unicode.Scalar(byte)
      let isPlain = scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
      return isPlain || "-_./".unicodeScalars.contains(scalar) ? String(scalar) : "%" + hexadecimal(byte)
    }.joined()
  }

  private static func hexadecimal(_ byte: UInt8) -> String { (byte < 16 ? "0" : "") + String(byte, radix: 16) }
}
