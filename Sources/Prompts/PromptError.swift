import Jinja
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
  /// A model's chat template is not supported, or refuses a conversation.
  case template(file: String, error: JinjaError)
  /// A model's chat template writes nothing of what is said in a turn, counted from 1.
  case turnLeftOut(file: String, turn: Int, role: String)
  /// Where a turn begins and ends cannot be told from what a model's chat template writes.
  case turnNotFound(file: String, turn: Int, role: String)
}

extension PromptError {
  /// Whether a template wants to know the day.
  public var asksForDate: Bool {
    if case .template(_, .noDate) = self { true } else { false }
  }
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
    case .template(let file, let error): "\(file): chat_template: \(error)"
    case .turnLeftOut(let file, let turn, let role):
      """
      \(file): chat_template writes nothing of what \(role) says in turn \(turn). Leave the turn out, or choose another \
      template: chatml, llama3 or gemma.
      """
    case .turnNotFound(let file, let turn, let role):
      """
      \(file): where turn \(turn) (\(role)) begins and ends cannot be told from what chat_template writes. Choose another \
      template: chatml, llama3 or gemma.
      """
    }
  }
}
