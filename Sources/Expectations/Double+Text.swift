import Foundation

extension Double {
  /// Four significant digits without trailing zeros: "0.2", "1.234e-06".
  var short: String { text(digits: 4) }

  /// As short as ``short``, but with as many digits as it takes to look different from `other` where it is.
  func short(besides other: Double) -> String {
    guard self != other else { return short }
    let digits = (4...17).first { text(digits: $0) != other.text(digits: $0) } ?? 17
    return text(digits: digits)
  }

  private func text(digits: Int) -> String { String(format: "%.\(digits)g", self) }
}
