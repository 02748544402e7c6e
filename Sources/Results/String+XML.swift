extension String {
  /// The text for use between the tags and in the attributes of XML and HTML. Line breaks and tabs become references, which
  /// attributes keep; nothing else is hidden, which leaves nothing that XML 1.0 does not allow.
  package var xmlEscaped: String {
    var escaped = ""
    for scalar in visibleInLines.unicodeScalars {
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }
}
