import StrictJSON

/// A conversation: turns with their roles; what `persona` says comes after the separator.
public struct Conversation: Sendable, Equatable {
  /// One turn.
  public struct Turn: Sendable, Equatable {
    /// Who speaks: system, user, assistant, tool, `persona` or any other word.
    public var role: String
    /// What is said, without the marks of a template: of a list of parts the texts, one after the other.
    public var text: String
    /// The whole turn as a model's template sees it, where it is more than a role and a text: calls of tools, thoughts, parts.
    public var data: JSONObject?
    /// Of a persona's words behind a separator, the words; nil where ``text`` is all that is said.
    var said: String?

    /// A turn of a text.
    public init(role: String, text: String) {
      (self.role, self.text, data) = (role, text, nil)
    }

    /// A turn as a model's template sees it, `role` and `content` included.
    public init(role: String, text: String, data: JSONObject) {
      (self.role, self.text, self.data) = (role, text, data)
    }
  }

  /// Which kind of row a conversation was made of.
  public enum Form: Sendable, Equatable {
    /// A list of turns.
    case chat
    /// `prompt` with `chosen` and `rejected`, of which one was taken.
    case preference
    /// `prompt`, with a `completion` or without; `instruction` and `output`.
    case completion
  }

  /// Its name; a prompt made of it has the same.
  public var id: String
  /// Who says what, in order.
  public var turns: [Turn]
  /// What a model's template sees beside the turns: `tools`, `documents`, `enable_thinking` and the like.
  public var variables = JSONObject()
  /// The kind of row it was made of.
  public var form = Form.chat
  /// Members of the line that no kind of chat has, which are not used.
  public var unknownMembers: [String] = []
  /// Members of turns that no kind of chat has; a model's template sees them.
  public var unknownTurnMembers: [String] = []

  /// The role that speaks after the separator, within the assistant's turn.
  static let persona = "persona"

  /// A conversation from its parts.
  public init(id: String, turns: [Turn], variables: JSONObject = JSONObject()) {
    self.id = id
    self.turns = turns
    self.variables = variables
  }

  /// Whether a persona speaks, so that there is a separator.
  public var hasPersona: Bool { turns.contains { $0.role == Self.persona } }

  /// Whether somebody says a text in one turn.
  public func says(_ text: String) -> Bool {
    turns.contains { turn in
      turn.text.contains(text) || turn.data.map { JSONValue.object($0).holds(text) } == true
    }
  }

  /// What only a model's own template can write: the member, and the turn that has it, counted from 1.
  public var needsModelTemplate: (member: String, turn: Int?)? {
    for name in ["tools", "documents"] where !(variables[name] ?? .null).isNothing { return (name, nil) }
    for (index, turn) in turns.enumerated() {
      guard let data = turn.data else { continue }
      for (name, value) in data.members where Turn.spoken.contains(where: name.isSpelled) && !value.isNothing {
        return (name, index + 1)
      }
      if case .object? = data["content"] { return ("content", index + 1) }
    }
    return nil
  }
}

extension Conversation.Turn {
  /// Members that a turn says something by, beside its content.
  public static let spoken = [
    "tool_calls", "function_call", "reasoning_content", "reasoning", "thinking", "tools", "functions", "tool_plan",
  ]
}

extension JSONValue {
  /// null, an empty list, object or text.
  var isNothing: Bool {
    switch self {
    case .null: true
    case .array(let elements): elements.isEmpty
    case .object(let object): object.members.isEmpty
    case .string(let text): text.isEmpty
    default: false
    }
  }

  /// Whether a text in it holds another.
  fileprivate func holds(_ text: String) -> Bool {
    switch self {
    case .string(let string): string.contains(text)
    case .array(let elements): elements.contains { $0.holds(text) }
    case .object(let object): object.members.contains { $0.value.holds(text) }
    default: false
    }
  }
}
