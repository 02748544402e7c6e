/// A conversation: turns with their roles; what `persona` says comes after the separator.
public struct Conversation: Sendable, Equatable {
  /// One turn.
  public struct Turn: Sendable, Equatable {
    /// Who speaks: system, user, assistant, tool, `persona` or any other word.
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
