import StrictJSON

/// Reading chats.
extension Conversation {
  /// Which answer of a preference row is taken.
  public enum Preference: String, Sendable, CaseIterable {
    /// The one that was preferred.
    case chosen
    /// The other one.
    case rejected
  }

  /// The conversations of a JSON Lines text, one a line:
  ///
  /// - `{"id": …, "messages": [{"role": "user", "content": "…"}, …]}`, whose turns may have whatever `apply_chat_template`
  ///   takes: content as a list of parts, `tool_calls`, `reasoning_content` and so on;
  /// - `{"id": …, "conversations": [{"from": "human", "value": "…"}, …]}`, as ShareGPT has it;
  /// - `{"prompt": …, "chosen": …, "rejected": …}` and `{"prompt": …, "completion": …}`, texts or lists of turns;
  /// - `{"instruction": …, "output": …}`.
  ///
  /// Beside them may stand `system`, the first turn's text, and what templates see beside the turns: `tools`, `documents`,
  /// `add_generation_prompt`, `enable_thinking` and the like, `chat_template_kwargs`. A line without an id is named after its
  /// number; members that none of these forms has are listed in ``unknownMembers``.
  /// - Parameters:
  ///   - bytes: The text.
  ///   - file: The file's name, for messages.
  ///   - preference: Which answer of a preference row is taken.
  /// - Throws: ``PromptError/malformed(_:)`` with file, line and member.
  public static func chats(
    _ bytes: [UInt8], file: String, preferring preference: Preference = .chosen
  ) throws(PromptError) -> [Conversation] {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) || bytes.prefix(2).contains(0) {
      throw .unreadable(file: file, reason: "it is UTF-16 or UTF-32, and UTF-8 is expected; convert it first")
    }
    do {
      return try JSONLine.lines(of: bytes).map { line throws(JSONMemberError) in
        try Conversation(line.reader(file: file), number: line.number, preference)
      }
    } catch { throw .malformed(error) }
  }

  private static let answers = Preference.allCases.map(\.rawValue)

  private init(_ reader: JSONReader, number: Int, _ preference: Preference) throws(JSONMemberError) {
    let id = try reader.optionalName("id") ?? "line \(number)"
    for name in ["labels", "loss_mask"] where reader[name] != nil {
      throw reader.error(
        name, "it says something of tokens, which a conversation has none of; leave it out: answers are judged")
    }
    var row = Row(reader)
    self.init(id: id, turns: [])
    if Self.answers.contains(where: { reader[$0] != nil }) {
      (turns, form) = (try row.preferred(preference.rawValue), .preference)
    } else if reader["messages"] != nil || reader["conversations"] != nil {
      turns = try row.chat()
    } else if reader["prompt"] != nil {
      (turns, form) = (try row.completed(), .completion)
    } else if reader["instruction"] != nil {
      (turns, form) = (try row.instructed(), .completion)
    } else {
      let hint = reader["text"] == nil ? "" : "; a text that is complete needs no template: analyze takes it as it is"
      throw reader.error("messages", "a list of turns is expected\(hint)")
    }
    if let system = try row.system() {
      guard turns.first.map({ ["system", "developer"].contains($0.role) }) != true else {
        throw reader.error("system", "the turns begin with a system turn too; leave one out")
      }
      turns.insert(Turn(role: "system", text: system), at: 0)
    }
    variables = try row.variables()
    unknownMembers = row.unknown
    for turn in turns {
      for (name, _) in turn.data?.members ?? [] where !Turn.known.contains(where: name.isSpelled) {
        if !unknownTurnMembers.contains(where: name.isSpelled) { unknownTurnMembers.append(name) }
      }
    }
  }
}
