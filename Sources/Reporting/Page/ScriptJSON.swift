/// JSON for a script element of a page: no text can end the element, and numbers have the digits that are looked at.
enum ScriptJSON {
  /// A string. "<" is written as an escape, so that neither "</script" nor "<!--" can come about.
  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\": result += "\\\(scalar)"
      case "<", ">", "&": result += escape(scalar)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: result += escape(scalar)
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    String(scalar).utf16.map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  /// A number with five significant digits, from which every shorter one comes out as from the number itself (``Reround``).
  static func number(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "null" }
    let text = "\(Reround(value, significant: 5).value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A share in ten-thousandths, likewise; null where the term is exactly zero.
  static func share(_ value: Double, isZero: Bool) -> String {
    if isZero || !value.isFinite { return "null" }
    return "\(Reround(value.clamped(to: -1e5...1e5), decimals: 4).count)"
  }

  /// A whole number, null where there is none.
  static func index(_ value: Int?) -> String { value.map(String.init) ?? "null" }

  /// An array of what is JSON already.
  static func array(_ items: [String]) -> String { "[\(items.joined(separator: ","))]" }

  /// An object of what is JSON already, in the order given.
  static func object(_ members: KeyValuePairs<String, String>) -> String { "{\(self.members(members))}" }

  /// What stands between the braces of an object.
  static func members(_ members: KeyValuePairs<String, String>) -> String {
    members.map { "\(string($0.key)):\($0.value)" }.joined(separator: ",\n")
  }
}

extension Double {
  fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
    Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
  }
}
