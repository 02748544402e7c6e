import Foundation

/// Numbers as people read them: fixed precision, the same on every machine.
enum Numbers {
  /// Three significant digits: 0.0123, 4.56, 789, 1.23e-08.
  static func size(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    if value == 0 { return "0" }
    // Written once with three digits, so that 0.99996 counts as 1.00 and not as 1.000.
    let scientific = fixed(value, "%.2e").lowercased()
    guard let exponent = scientific.split(separator: "e").last.flatMap({ Int($0) }) else { return scientific }
    if exponent < -3 || exponent > 5 { return scientific }
    return fixed(value, "%.\(max(0, 2 - exponent))f")
  }

  /// The same with its sign: "+0.0123", "−4.56", "0".
  static func signed(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return size(value) }
    return (value < 0 ? "−" : "+") + size(abs(value))
  }

  /// A number that somebody has set, without trailing zeros: 2, 0.5, 0.001.
  static func setting(_ value: Double) -> String {
    let text = size(value)
    guard text.contains("."), !text.contains("e") else { return text }
    return String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed())
  }

  /// "1 prompt", "12 345 tokens".
  static func count(_ value: Int, _ noun: String) -> String { "\(count(value)) \(noun)\(value == 1 ? "" : "s")" }

  /// A share in percent, without decimals above one percent: "97 %", "0.4 %", "−12 %".
  static func percent(_ share: Double) -> String {
    guard share.isFinite else { return "–" }
    let percent = share * 100
    if percent == 0 { return "0 %" }
    let text = fixed(percent, abs(percent) < 9.95 ? "%.1f" : "%.0f")
    return ["0.0", "-0.0"].contains(text) ? "≈ 0 %" : "\(text.replacingOccurrences(of: "-", with: "−")) %"
  }

  /// A part in percent that may be small: "12 %", "0.0023 %".
  static func fine(_ part: Double) -> String { part > 0 && part < 0.001 ? "\(size(part * 100)) %" : percent(part) }

  /// A part in percent as a table holds it, the same in a whole column and so that it pastes as a number: "97.0", "0.4", "-12.3";
  /// "0" is exact.
  static func hundredth(_ part: Double) -> String {
    guard part.isFinite else { return "–" }
    let value = part * 100
    if value == 0 { return "0" }
    let text = fixed(value, "%.1f")
    return text == "-0.0" ? "0.0" : text
  }

  /// A part with the decimal that ``points(_:)`` has, so that the two fit together: "57.4 %".
  static func percentage(_ part: Double) -> String { part.isFinite ? "\(fixed(part * 100, "%.1f")) %" : "–" }

  /// A change of a part in percentage points, with one decimal: "+2.3", "−0.1", "≈ 0"; "0" is exact.
  static func points(_ change: Double) -> String {
    let points = change * 100
    guard points.isFinite else { return "–" }
    if points == 0 { return "0" }
    let text = fixed(abs(points), "%.1f")
    return text == "0.0" ? "≈ 0" : (points < 0 ? "−" : "+") + text
  }

  /// A share with its interval where there is a wide one, both with one decimal: "25.4 % [19.8 to 31.0 %]".
  static func estimate(_ value: Double, _ interval: ClosedRange<Double>?) -> String {
    let text = percentage(value).replacingOccurrences(of: "-", with: "−")
    guard let interval, interval.lowerBound < interval.upperBound else { return text }
    return "\(text) [\(self.interval(interval))]"
  }

  /// Two bounds of a share: "91.0 to 96.5 %".
  static func interval(_ bounds: ClosedRange<Double>) -> String {
    let low = fixed(bounds.lowerBound * 100, "%.1f")
    let high = fixed(bounds.upperBound * 100, "%.1f")
    return "\(low) to \(high) %".replacingOccurrences(of: "-", with: "−")
  }

  /// Two bounds of a share, as precise as shares are printed: "91 to 96 %"; nil where both print alike.
  static func roundInterval(_ bounds: ClosedRange<Double>) -> String? {
    let (low, high) = (percent(bounds.lowerBound), percent(bounds.upperBound))
    guard low != high else { return nil }
    return "\(low.replacingOccurrences(of: " %", with: "")) to \(high)"
  }

  /// A coordinate of a figure.
  static func coordinate(_ value: Double) -> String {
    let text = fixed(value, "%.1f")
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Thousands with thin spaces: "12 345".
  static func count(_ value: Int) -> String {
    var groups: [String] = []
    var rest = String(value)
    while rest.count > 3 {
      groups.insert(String(rest.suffix(3)), at: 0)
      rest.removeLast(3)
    }
    return ([rest] + groups).joined(separator: "\u{202F}")
  }

  /// Without a locale the format is C's, whatever the user's language.
  static func fixed(_ value: Double, _ format: String) -> String { String(format: format, value) }
}
