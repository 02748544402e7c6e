import StrictJSON

/// What is wrong with a tokenizer file, or what in it is not supported.
public enum TokenizationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A member of tokenizer.json that is malformed, contradicts another one or is of a kind that is not supported.
  case invalid(JSONMemberError)
  /// A file that is there and cannot be read.
  case unreadable(file: String, reason: String)

  /// "tokenizer.json: model.type: Unigram is not supported; …".
  public var description: String {
    switch self {
    case .invalid(let error): error.description
    case .unreadable(let file, let reason): "\(file): cannot be read. Check its permissions. (\(reason))"
    }
  }
}
