import Foundation

/// A size in bytes for people: "269.1 MB".
public struct ByteCount: CustomStringConvertible {
  /// A number with one decimal, and its unit.
  public let description: String

  /// A size of so many bytes.
  public init(_ bytes: Int) {
    let units = ["bytes", "kB", "MB", "GB", "TB"]
    let exponent = min(units.count - 1, max(0, (String(bytes).count - 1) / 3))
    let value = Double(bytes) / pow(1000, Double(exponent))
    description = exponent == 0 ? "\(bytes) bytes" : String(format: "%.1f ", value) + units[exponent]
  }
}
