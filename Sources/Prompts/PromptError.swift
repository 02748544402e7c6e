/// What is wrong with a prompt file.
public enum PromptError: Error, Sendable, Equatable {
  /// The file cannot be read.
  case unreadable(file: String, reason: String)
  /// There is no prompt in it.
  case empty(file: String)
  /// A line is wrong.
  case line(file: String, line: Int, message: String)
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
    }
  }
}
