import StrictJSON

/// Reading chats.
extension Conversation {
  /// The conversations of a JSON Lines text, a chat a line:
  ///
  /// - `{"id": …, "messages": [{"role": "user", "content": "…"}, …]}`, whose content may also be a list of OpenAI's parts
  ///   `{"type": "text", "text": "…"}`;
  /// - `{"id": …, "conversations": [{"from": "human", "value": "…"}, …]}`, as ShareGPT has it.
  ///
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
    let member = reader["messages"] == nil && reader["conversations"] != nil ? "conversations" : "messages"
    guard let messages = try reader.optionalObjects(member), !messages.isEmpty else {
      throw reader.error(member, "a list of turns is expected")
    }
    if member == "messages", reader["conversations"] != nil {
      throw reader.error("conversations", "there are messages too, and both say the same thing; leave one out")
    }
    var turns: [Turn] = []
    for message in messages { turns.append(try Turn(message)) }
    self.init(id: id, turns: turns)
  }
}

extension Conversation.Turn {
  /// ShareGPT's words for who speaks.
  private static let speakers = ["human": "user", "gpt": "assistant", "observation": "tool"]

  fileprivate init(_ reader: JSONReader) throws(JSONMemberError) {
    for calls in ["tool_calls", "function_call"] where reader[calls] != nil && reader[calls] != .array([]) {
      throw reader.error(calls, "only the model's own template knows how a call is written; write it into content")
    }
    let isShareGPT = reader["role"] == nil && reader["from"] != nil
    let name = isShareGPT ? "from" : "role"
    let word = try reader.string(name)
    guard !word.isEmpty, word.unicodeScalars.allSatisfy(\.isPartOfRole) else {
      throw reader.error(name, "“\(word)” is no role; a word of letters, digits, - and _ is expected")
    }
    self.init(
      role: isShareGPT ? Self.speakers[word] ?? word : word,
      text: try isShareGPT ? reader.string("value") : Self.content(of: reader))
  }

  /// A text, or the texts of OpenAI's parts one after the other.
  private static func content(of reader: JSONReader) throws(JSONMemberError) -> String {
    guard case .array = reader["content"] else { return try reader.string("content") }
    var text = ""
    for part in try reader.objects("content") {
      let type = try part.optionalString("type") ?? "text"
      guard ["text", "input_text", "output_text"].contains(type) else {
        throw part.error("type", "\(type) is expected to be text: only text can be analysed")
      }
      text += try part.string("text")
    }
    return text
  }
}

extension Unicode.Scalar {
  /// Whether a role's name may have it: nothing that a template could take for a mark.
  fileprivate var isPartOfRole: Bool {
    properties.isAlphabetic || properties.numericType != nil || self == "-" || self == "_"
  }
}
