import StrictJSON

/// A conversation: turns with their roles; what `persona` says comes after the separator.
public struct Conversation: Sendable, Equatable {
  /// One turn.
  public struct Turn: Sendable, Equatable {
    /// One of ``Conversation/roles``.
    public var role: String
    /// What is said, without the marks of a template.
    public var text: String

    /// A turn from its parts.
    public init(role: String, text: String) {
      self.role = role
      self.text = text
    }
  }

  /// Its name; a prompt made of it has the same.
  public var id: String
  /// Who says what, in order.
  public var turns: [Turn]

  /// The role that speaks after the separator, within the assistant's turn.
  static let persona = "persona"
  /// The roles a turn can have.
  public static let roles = ["system", "user", "assistant", persona]

  /// A conversation from its parts.
  public init(id: String, turns: [Turn]) {
    self.id = id
    self.turns = turns
  }

  /// Whether a persona speaks, so that there is a separator.
  public var hasPersona: Bool { turns.contains { $0.role == Self.persona } }

  /// Whether somebody says a text in one turn.
  public func says(_ text: String) -> Bool { turns.contains { $0.text.contains(text) } }
}

/// Reading chats.
extension Conversation {
  /// The conversations of a JSON Lines text, one `{"id": …, "messages": [{"role": "user", "content": "…"}, …]}` a line.
  /// A line without an id is named after its number, other members are ignored.
  /// - Parameters:
  ///   - bytes: The text.
  ///   - file: The file's name, for messages.
  /// - Throws: ``PromptError/malformed(_:)`` with file, line and member.
  public static func chats(_ bytes: [UInt8], file: String) throws(PromptError) -> [Conversation] {
    do {
      return try JSONLine.lines(of: bytes).map { line throws(JSONMemberError) in
        try Conversation(line.reader(file: file), number: line.number)
      }
    } catch { throw .malformed(error) }
  }

  private init(_ reader: JSONReader, number: Int) throws(JSONMemberError) {
    let id = try reader.optionalName("id") ?? "line \(number)"
    guard let messages = try reader.optionalObjects("messages"), !messages.isEmpty else {
      throw reader.error("messages", "a list of turns is expected")
    }
    var turns: [Turn] = []
    for turn in messages {
      let role = try turn.string("role")
      guard Self.roles.contains(role) else {
        throw turn.error("role", "\(role) is unknown; known are \(Self.roles.joined(separator: ", "))")
      }
      turns.append(Turn(role: role, text: try turn.string("content")))
    }
    self.init(id: id, turns: turns)
  }
}
