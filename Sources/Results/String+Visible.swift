extension String {
  /// The text with everything that a terminal would obey written out as \u{…}: control characters, line separators and the
  /// marks that turn the direction of writing, so that a name from a file can neither hide nor forge what is shown.
  public var visible: String {
    guard unicodeScalars.contains(where: \.isObeyed) else { return self }
    return unicodeScalars.map { $0.isObeyed ? "\\u{\(String($0.value, radix: 16, uppercase: true))}" : String($0) }
      .joined()
  }
}

extension Unicode.Scalar {
  /// Whether a terminal does something else with it than show it.
  fileprivate var isObeyed: Bool {
    switch properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator, .surrogate: true
    case .format: properties.isBidiControl || value == 0xFEFF || value == 0x00AD || value == 0x2060 || value == 0x200B
    default: false
    }
  }
}
