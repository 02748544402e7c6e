import Foundation
import Results

/// Collects list items of the YAML form.
struct ExpectationWriter {
  var text = ""

  mutating func add(_ lines: String...) { add(lines) }

  mutating func add(_ lines: [String]) {
    text += "  - " + lines.joined(separator: "\n    ") + "\n"
  }
}

extension Double {
  /// `atMost:` with this value times a factor, rounded up to two digits; exactly 0 stays 0.
  func upperBound(factor: Double) -> String {
    "atMost: \((self * factor).roundedUp)  # measured \(short)"
  }

  /// Two significant digits, not below the value (to twelve digits).
  var roundedUp: String {
    guard self > 0 else { return "0" }
    let unit = pow(10, floor(log10(self)) - 1)
    // 0.05 · 1.5 is 0.07500000000000001 and shall become 0.075: what lies beyond twelve digits does not round up.
    return ((self / unit * (1 - 1e-12)).rounded(.up) * unit).decimal(digits: 2)
  }

  /// So many significant digits without an exponent: YAML 1.1 takes 1e-05 for a text.
  func decimal(digits: Int) -> String {
    guard self != 0, isFinite else { return "0" }
    let places = max(0, digits - 1 - Int(floor(log10(magnitude))))
    let text = String(format: "%.\(places)f", self)
    guard text.contains(".") else { return text }
    let end = text.lastIndex { $0 != "0" } ?? text.startIndex
    return String(text[end] == "." ? text[..<end] : text[...end])
  }

  /// Both bounds, this far below and above the value, in hundredths.
  func within(_ margin: Double) -> [String] {
    // 1 + 0.1 is 1.1000000000000001 and shall stay 1.1.
    let (lower, upper) = (self - margin + 1e-12, self + margin - 1e-12)
    return [
      "atLeast: \(lower.rounded(hundredths: .down))",
      "atMost: \(upper.rounded(hundredths: .up))  # measured \(short)",
    ]
  }

  func rounded(hundredths rule: FloatingPointRoundingRule) -> String {
    String(format: "%.2f", (self * 100).rounded(rule) / 100)
  }
}

extension String {
  /// The text as a YAML scalar: plain where it can be nothing but a string, else in double quotes as JSON writes it.
  var yaml: String {
    let isPlain =
      !isEmpty && unicodeScalars.allSatisfy { $0.properties.isAlphabetic && $0.isASCII }
      && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(lowercased())
    return isPlain ? self : quoted
  }

  private var quoted: String {
    var quoted = "\""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case _ where scalar.isObeyed:
        quoted +=
          scalar.value < 0x10000
          ? "\\u" + String(format: "%04X", scalar.value) : "\\U" + String(format: "%08X", scalar.value)
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }

  /// The text with everything that could end a comment line made a blank.
  var commentText: String {
    String(
      String.UnicodeScalarView(
        unicodeScalars.map {
          $0.isObeyed || $0.properties.isWhitespace ? " " : $0
        }))
  }
}
