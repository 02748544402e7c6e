extension String {
  /// The text for use inside a line of markdown: nothing of it is taken for markup, no line ends, and nothing is hidden.
  package var markdownEscaped: String {
    var escaped = ""
    for scalar in String(String.UnicodeScalarView(unicodeScalars.map { $0 == "\n" || $0 == "\r" ? " " : $0 })).visible
      .unicodeScalars
    {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "#", "~", "&", "$": escaped += "\\\(scalar)"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
