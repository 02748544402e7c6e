/// Why a result cannot be written.
public enum ResultsError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A number is NaN or infinite, which JSON has no spelling for.
  case notANumber(String)
  /// The document has more bytes than any command reads.
  case tooLarge(Int)

  /// One sentence.
  public var description: String {
    switch self {
    case .notANumber(let detail):
      """
      The result holds a number that is not finite, so no report can be written: \(detail). The base or the adapted model \
      overflows float32 on these prompts; look for weights or a scaling that are far too large.
      """
    case .tooLarge(let bytes):
      """
      The result would be a file of \(bytes / 1_000_000) MB, of which at most \(DocumentSize.limit / 1_000_000) MB are read \
      again, so no report is written. Name fewer regions (turns of one role may share a name), leave parts out (--parts), or \
      give fewer prompts.
      """
    }
  }
}
