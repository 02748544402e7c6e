import StrictJSON

/// Where each turn stands in a rendered conversation.
///
/// Nothing is guessed from the text. A turn's words are where the text changes once other words are said in that turn; a mark
/// closes a turn if it is there too when the conversation ends with it.
extension ModelTemplate {
  /// The conversation in sections, whose joined texts are what the template renders; a persona speaks after the separator, in
  /// the assistant's turn before it, or one that is otherwise empty.
  ///
  /// A system prompt that the template writes on its own is a section `system`. Sections stand in the text's order, which for
  /// some templates is not that of the turns. What stands between two turns and closes neither begins the second. Renders the
  /// conversation some times a turn.
  /// - Parameters:
  ///   - conversation: The turns.
  ///   - separator: What stands before a persona's words.
  /// - Throws: ``PromptError/template(file:error:)`` where the template refuses the conversation,
  ///   ``PromptError/turnLeftOut(file:turn:role:)`` or ``PromptError/turnNotFound(file:turn:role:)``.
  public func sections(
    _ conversation: [Conversation.Turn], separator: String = ""
  ) throws(PromptError) -> [ChatTemplate.Section] {
    let messages = Message.messages(of: conversation, separator: separator)
    guard !messages.isEmpty else { return [] }
    let layout = try Layout(messages, of: self)
    return try layout.sections()
  }

  /// A turn as the template sees it: an assistant's holds what personas say in it.
  struct Message {
    /// Who speaks in it, with their words: a separator is a part of the persona's.
    var parts: [Conversation.Turn]
    var role: String
    /// Which turn of the conversation it begins with, from 1.
    var number: Int

    var turn: Conversation.Turn { Conversation.Turn(role: role, text: parts.map(\.text).joined()) }

    static func messages(of conversation: [Conversation.Turn], separator: String) -> [Message] {
      var messages: [Message] = []
      for (index, turn) in conversation.enumerated() {
        guard turn.role.isSpelled(Conversation.persona) else {
          messages.append(Message(parts: [turn], role: turn.role, number: index + 1))
          continue
        }
        if messages.last?.role.isSpelled("assistant") != true {
          let empty = Conversation.Turn(role: "assistant", text: "")
          messages.append(Message(parts: [empty], role: "assistant", number: index + 1))
        }
        let words = Conversation.Turn(role: turn.role, text: separator + turn.text)
        messages[messages.count - 1].parts.append(words)
      }
      return messages
    }
  }
}
