import StrictJSON

/// What is wrong with a tokenizer file, or what in it is not supported.
public enum TokenizationError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A member of tokenizer.json that is malformed, contradicts another one or is of a kind that is not supported.
  case invalid(JSONMemberError)

  /// "tokenizer.json: model.type: Unigram is not supported; …".
  public var description: String {
    switch self {
    case .invalid(let error): error.description
    }
  }
}
