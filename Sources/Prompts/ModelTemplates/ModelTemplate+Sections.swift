import StrictJSON

/// Where each turn stands in a rendered conversation.
///
/// Nothing is guessed from the text. A turn's words are where the text changes once other words are said in that turn; a mark
/// closes a turn if it is there too when the conversation ends with it.
extension ModelTemplate {
  /// The conversation in sections, whose joined texts are what the template renders; a persona speaks after the separator, in
  /// the assistant's turn before it, or one that is otherwise empty.
  ///
  /// A system prompt that the template writes on its own, definitions of tools included, is a section `system`. Sections stand in
  /// the text's order, which for some templates is not that of the turns; a turn that is written in several places has several.
  /// What stands between two turns and closes neither begins the second. Renders the conversation some times a turn.
  /// - Parameters:
  ///   - conversation: The turns.
  ///   - variables: What the template sees beside them.
  ///   - separator: What stands before a persona's words.
  /// - Throws: ``PromptError/template(file:error:)`` where the template refuses the conversation,
  ///   ``PromptError/turnLeftOut(file:turn:role:)`` or ``PromptError/turnNotFound(file:turn:role:)``.
  public func sections(
    _ conversation: [Conversation.Turn], _ variables: JSONObject = JSONObject(), separator: String = ""
  ) throws(PromptError) -> [ChatTemplate.Section] {
    let messages = Message.messages(of: conversation, separator: separator)
    guard !messages.isEmpty else { return [] }
    let layout = try Layout(messages, variables, of: self)
    return try layout.sections()
  }

  /// What of a conversation changes nothing in the text: tools, documents, what is said by members of turns beside content,
  /// and turns that are left out.
  public func unwritten(in conversation: Conversation, separator: String = "") -> [String] {
    let messages = Message.messages(of: conversation.turns, separator: separator)
    guard let text = try? render(messages.map(\.turn), conversation.variables) else { return [] }
    var unwritten: [String] = []
    for name in ["tools", "documents"] where !(conversation.variables[name] ?? .null).isNothing {
      let others = conversation.variables.without(name)
      if (try? render(messages.map(\.turn), others))?.isSpelled(text) == true { unwritten.append(name) }
    }
    for name in Conversation.Turn.spoken where messages.contains(where: { $0.says(name) }) {
      let silenced = messages.map { message in
        var turn = message.turn
        turn.data = turn.data?.without(name)
        return turn
      }
      if (try? render(silenced, conversation.variables))?.isSpelled(text) == true { unwritten.append(name) }
    }
    for (index, message) in messages.enumerated() where !message.turn.text.isEmpty {
      var others = messages.map(\.turn)
      others[index] = others[index].replacing(Spot.content, by: Layout.probeText)
      if (try? render(others, conversation.variables))?.isSpelled(text) == true {
        unwritten.append("what \(message.role) says in turn \(message.number)")
      }
    }
    return unwritten
  }

  /// A turn as the template sees it: an assistant's holds what personas say in it.
  struct Message {
    /// Who speaks in it, with their words: a separator is a part of the persona's.
    var parts: [Conversation.Turn]
    var role: String
    /// Which turn of the conversation it begins with, from 1.
    var number: Int

    /// The whole of it. What personas say stands at the end of the content, in a list of parts as one more.
    var turn: Conversation.Turn {
      let added = parts.dropFirst().map(\.text).joined()
      let text = parts[0].text + added
      guard let data = parts[0].data else { return Conversation.Turn(role: role, text: text) }
      guard parts.count > 1 else { return parts[0] }
      var content = JSONValue.string(text)
      if case .array(let elements)? = data["content"] {
        var part = JSONObject()
        _ = part.append("type", .string("text"))
        _ = part.append("text", .string(added))
        content = .array(elements + [.object(part)])
      }
      return Conversation.Turn(
        role: role, text: text, data: data.replacing([.member("content")], by: content))
    }

    fileprivate func says(_ name: String) -> Bool { !(parts[0].data?[name] ?? .null).isNothing }

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
        var words = Conversation.Turn(role: turn.role, text: separator + turn.text)
        words.said = turn.text
        messages[messages.count - 1].parts.append(words)
      }
      return messages
    }
  }
}
