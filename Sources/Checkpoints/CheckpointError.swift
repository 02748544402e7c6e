/// What is wrong with a model or adapter folder.
public enum CheckpointError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A file that is wrong: which one, what was found, what was expected, what to do.
  case invalid(file: String, found: String, advice: String)

  /// One paragraph: file, what was found, what to do.
  public var description: String {
    switch self {
    case .invalid(let file, let found, let advice): "\(file): \(found). \(advice)"
    }
  }
}
