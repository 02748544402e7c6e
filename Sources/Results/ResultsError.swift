/// Why a result cannot be written.
public enum ResultsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A number is NaN or infinite, which JSON has no spelling for.
  case notANumber(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .notANumber(let detail):
      """
      The result holds a number that is not finite, so no report can be written: \(detail). The base or the adapted model \
      overflows float32 on these prompts; look for weights or a scaling that are far too large.
      """
    }
  }
}
