/// The one place that makes texts of files visible. Every sink builds on it: terminal and JSON for pages (``visible``), markdown,
/// XML, HTML and figures, comma-separated values, annotations of workflows.
extension String {
  /// The text with everything that is obeyed and not shown written out as \u{…}: control characters, line separators, the marks that
  /// turn the direction of writing, and what is no character at all, so that a name from a file can neither hide nor forge what is
  /// shown.
  public var visible: String { visible(besides: "") }

  /// The same with line ends and tabs left as they are, for sinks that have a spelling of their own for them.
  package var visibleInLines: String { visible(besides: "\n\r\t") }

  private func visible(besides kept: String) -> String {
    func isHidden(_ scalar: Unicode.Scalar) -> Bool { scalar.isObeyed && !kept.unicodeScalars.contains(scalar) }
    guard unicodeScalars.contains(where: isHidden) else { return self }
    return unicodeScalars.map {
      isHidden($0) ? "\\u{\(String($0.value, radix: 16, uppercase: true))}" : String($0)
    }.joined()
  }
}

extension Unicode.Scalar {
  /// Whether a terminal, an editor or a parser does something else with it than show it.
  package var isObeyed: Bool {
    // Nearly all are plain letters, of which nobody needs to look up the category.
    if isASCII { return value < 0x20 || value == 0x7F }
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: return true
    case .format: return properties.isBidiControl || [0xFEFF, 0x00AD, 0x2060, 0x200B].contains(value)
    default: return properties.isNoncharacterCodePoint
    }
  }
}
