import StrictJSON

/// What is wrong with a prompt file, or with conversations that prompts are made of.
public enum PromptError: Error, Sendable, Equatable {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// There is no prompt in it.
  case empty(file: String)
  /// A line is wrong.
  case line(file: String, line: Int, message: String)
  /// A prompt that was given as a value is wrong.
  case value(id: String, message: String)
  /// A member of a file of conversations is missing or not what it has to be.
  case malformed(JSONMemberError)
  /// A token of a conversation holds the end of a region and the beginning of the next one.
  case tokenAcrossRegions(id: String, region: String)
}

extension PromptError: CustomStringConvertible {
  /// File, line, what was found, what to do.
  public var description: String {
    switch self {
    case .unreadable(let file, let reason): "\(file): cannot be read. Check the path and its permissions. (\(reason))"
    case .empty(let file):
      """
      \(file): there is no prompt in it. A line holds one, as in {"id": "p0", "input_ids": [1, 42, 7], "separator": 2}.
      """
    case .line(let file, let line, let message): "\(file): line \(line): \(message)."
    case .value(let id, let message): "Prompt \(id): \(message)."
    case .malformed(let error): error.description
    case .tokenAcrossRegions(let id, let region):
      """
      \(id): a token runs over the end of region \(region). Use a separator and a template that are special tokens of \
      this tokenizer.
      """
    }
  }
}
