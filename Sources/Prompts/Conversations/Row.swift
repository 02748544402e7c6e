import StrictJSON

/// A line of a file of chats, in the forms that trainers and libraries write.
struct Row {
  private let reader: JSONReader
  /// The members that were read.
  private var read: [String] = ["id"]

  init(_ reader: JSONReader) { self.reader = reader }

  /// Members of the line that nothing was read from.
  var unknown: [String] {
    reader.object.members.filter { member in member.value != .null && !read.contains(where: member.name.isSpelled) }
      .map(\.name)
  }

  // MARK: Forms

  mutating func chat() throws(JSONMemberError) -> [Conversation.Turn] {
    let member = reader["messages"] == nil ? "conversations" : "messages"
    if member == "messages", reader["conversations"] != nil {
      throw reader.error("conversations", "there are messages too, and both say the same thing; leave one out")
    }
    return try turns(member)
  }

  /// A preference row with the answer of that name.
  mutating func preferred(_ answer: String) throws(JSONMemberError) -> [Conversation.Turn] {
    read += ["chosen", "rejected"]
    guard let value = reader[answer] else {
      throw reader.error(answer, "missing; the line is a preference row, so choose with --answer chosen or rejected")
    }
    // Data sets give the preferred conversation once more as messages.
    if let messages = reader["messages"] {
      guard messages == reader["chosen"] else {
        throw reader.error("messages", "there are chosen and rejected too, and they say something else; leave one out")
      }
      read.append("messages")
    }
    guard reader["prompt"] != nil else {
      guard case .array = value else {
        throw reader.error(
          answer, "without a prompt a list of turns is expected, \(value.kind) was found; give prompt and answer")
      }
      return try turns(answer)
    }
    return try continued(by: answer)
  }

  /// A prompt and its completion, or a prompt alone.
  mutating func completed() throws(JSONMemberError) -> [Conversation.Turn] {
    if let other = ["response", "answer"].first(where: { reader[$0] != nil }), reader["completion"] == nil {
      throw reader.error(other, "what answers a prompt is expected as completion; rename it")
    }
    return reader["completion"] == nil ? try turns("prompt", saidBy: "user") : try continued(by: "completion")
  }

  private mutating func continued(by answer: String) throws(JSONMemberError) -> [Conversation.Turn] {
    let prompt = try turns("prompt", saidBy: "user")
    let answers = try turns(answer, saidBy: "assistant")
    // Some give the whole conversation as an answer.
    let asked = prompt.filter { $0.role != "system" }
    let start = answers.prefix { $0.role == "system" }.count
    let repeats = !asked.isEmpty && answers.dropFirst(start).starts(with: asked)
    let hasOwnSystem = prompt.count > asked.count
    guard repeats else { return prompt + answers }
    return hasOwnSystem && start == 0 ? prompt + answers.dropFirst(asked.count) : answers
  }

  /// Alpaca's form. How an `input` is joined to the instruction differs between trainers, so that it is not guessed.
  mutating func instructed() throws(JSONMemberError) -> [Conversation.Turn] {
    for name in ["input", "history"] {
      if let value = reader[name], !value.isNothing {
        throw reader.error(
          name, "how it is joined to the instruction differs between trainers; give a prompt, or messages")
      }
    }
    read += ["input", "history"]
    let asked = try turns("instruction", saidBy: "user")
    guard reader["output"] != nil else { return asked }
    return asked + (try turns("output", saidBy: "assistant"))
  }

  /// A member's turns: a list of them, or a text that a role says.
  private mutating func turns(_ member: String, saidBy role: String? = nil) throws(JSONMemberError) -> [Conversation
    .Turn]
  {
    read.append(member)
    if let role, case .string(let text)? = reader[member] {
      guard !["\n\nHuman:", "\n\nAssistant:"].contains(where: { text.utf8.contains($0.utf8) }) else {
        throw reader.error(member, "it is a transcript of Human: and Assistant:; give its turns as a list")
      }
      return [Conversation.Turn(role: role, text: text)]
    }
    if role != nil, case .object? = reader[member] { return [try Conversation.Turn(reader.object(member))] }
    guard let messages = try reader.optionalObjects(member), !messages.isEmpty else {
      throw reader.error(member, "a list of turns is expected")
    }
    var turns: [Conversation.Turn] = []
    for message in messages { turns.append(try Conversation.Turn(message)) }
    return turns
  }

  // MARK: Beside the turns

  mutating func system() throws(JSONMemberError) -> String? {
    read.append("system")
    let system = try reader.optionalString("system")
    return system?.isEmpty == true ? nil : system
  }

  /// What templates of known models see beside the turns, as `apply_chat_template` is given it.
  private static let options = [
    "enable_thinking", "thinking", "thinking_mode", "thinking_budget", "reasoning_effort", "reasoning_mode",
    "preserve_thinking", "clear_thinking", "keep_all_reasoning", "date_string", "builtin_tools", "custom_tools",
    "tools_in_user_message", "xml_tools", "python_tools", "custom_instructions", "model_identity", "available_tools",
    "controls", "response_format", "citation_mode", "safety_mode", "guidelines", "tool_choice", "system_message",
  ]

  mutating func variables() throws(JSONMemberError) -> JSONObject {
    var variables = JSONObject()
    try add(tools(), "tools", to: &variables)
    read += ["tools", "documents", "add_generation_prompt", "chat_template_kwargs", "continue_final_message"]
    if try reader.optionalObjects("documents") != nil { try add(reader["documents"], "documents", to: &variables) }
    if let asks = try reader.optionalBoolean("add_generation_prompt") {
      try add(.boolean(asks), "add_generation_prompt", to: &variables)
    }
    for name in Self.options {
      read.append(name)
      try add(reader[name], name, to: &variables)
    }
    if let others = try reader.optionalObject("chat_template_kwargs") {
      for (name, value) in others.object.members {
        guard !["messages", "conversation", "chat_template", "tokenize"].contains(name) else {
          throw others.error(name, "no variable of a template is expected to be named so")
        }
        if name.isSpelled("continue_final_message") {
          try refuse(value, others)
        } else {
          try add(value, name, to: &variables, others)
        }
      }
    }
    if let value = reader["continue_final_message"] { try refuse(value, reader) }
    return variables
  }

  private func refuse(_ value: JSONValue, _ reader: JSONReader) throws(JSONMemberError) {
    guard value == .boolean(false) || value == .null else {
      throw reader.error(
        "continue_final_message", "every turn is closed here, the last one too; leave it out, or cut the tokens off")
    }
  }

  private func add(
    _ value: JSONValue?, _ name: String, to variables: inout JSONObject, _ place: JSONReader? = nil
  ) throws(JSONMemberError) {
    guard let value else { return }
    if let path = value.pathOfHugeNumber { throw (place ?? reader).error(name + path, JSONValue.hugeNumber) }
    guard variables.append(name, value) else {
      throw (place ?? reader).error(name, "it is given twice, also beside chat_template_kwargs; leave one out")
    }
  }

  /// Definitions of tools: a list, or a text that is one, as many data sets have it.
  private func tools() throws(JSONMemberError) -> JSONValue? {
    var value = reader["tools"]
    if case .string(let text)? = value {
      if text.isEmpty { return nil }
      do { value = try JSONValue.parse(Array(text.utf8)) } catch {
        throw reader.error("tools", "a list is expected, or a text that is one in JSON: \(error.message)")
      }
    }
    guard let value else { return nil }
    guard case .array(let tools) = value else {
      throw reader.error("tools", "a list is expected, \(value.kind) was found")
    }
    for (index, tool) in tools.enumerated() {
      guard case .object = tool else {
        throw reader.error("tools[\(index)]", "a definition is expected to be an object, \(tool.kind) was found")
      }
    }
    return value
  }
}
