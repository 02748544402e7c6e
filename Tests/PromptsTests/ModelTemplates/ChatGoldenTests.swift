import Foundation
import Prompts
import StrictJSON
import Testing

/// Lines of chats with tools, calls, thoughts and parts, held to what transformers renders
/// (`fixtures/chat-templates/make.py`).
struct ChatGoldenTests {
  private let file: JSONReader

  init() throws {
    let path = URL(filePath: #filePath).appending(path: "../../../../fixtures/chat-templates/chats.json").standardized
    file = try JSONReader(file: "chats.json", bytes: Array(try Data(contentsOf: path)))
  }

  private func conversation(_ name: String) throws -> Conversation {
    let path = URL(filePath: #filePath).appending(path: "../../../../fixtures/chat-templates/chats.json").standardized
    // The line as it stands in the file, read as a file of chats is.
    let whole = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: path)) as? [String: Any])
    let lines = try #require(whole["lines"] as? [String: Any])
    let line = try JSONSerialization.data(withJSONObject: try #require(lines[name]), options: .sortedKeys)
    return try #require(try Conversation.chats(Array(line), file: "chats.jsonl").first)
  }

  private func template(_ name: String) throws -> ModelTemplate {
    var template = try ModelTemplate(
      try file.object("templates").string(name), file: name,
      specialTokens: [("bos_token", "<s>"), ("eos_token", "</s>")])
    template.date = try #require(TemplateDate(try file.string("date")))
    return template
  }

  /// Members in the file's order, which templates may go by.
  private func ordered(_ name: String) throws -> Conversation {
    var conversation = try conversation(name)
    let line = try file.object("lines").object(name)
    for (index, turn) in try line.objects("messages").enumerated() where conversation.turns[index].data != nil {
      var data = JSONObject()
      for (member, value) in turn.object.members where value != .null { _ = data.append(member, value) }
      conversation.turns[index].data = data
    }
    var variables = JSONObject()
    for (member, value) in line.object.members where conversation.variables[member] != nil {
      _ = variables.append(member, value)
    }
    for (member, value) in conversation.variables.members where variables[member] == nil {
      _ = variables.append(member, value)
    }
    conversation.variables = variables
    return conversation
  }

  @Test func `Whatever apply_chat_template takes is written as it writes it`() throws {
    var (written, refused) = (0, 0)
    for (name, lines) in try file.object("rendered").object.members {
      let template = try template(name)
      guard case .object(let lines) = lines else { continue }
      for (line, expected) in lines.members {
        let conversation = try ordered(line)
        guard case .string(let expected) = expected else {
          #expect(throws: PromptError.self, "\(name), \(line)") {
            try template.sections(conversation.turns, conversation.variables)
          }
          refused += 1
          continue
        }
        let sections = try template.sections(conversation.turns, conversation.variables)
        let text = sections.map(\.text).joined()
        #expect(text.isSpelled(expected), "\(name), \(line): \(text.debugDescription) for \(expected.debugDescription)")
        written += 1
      }
    }
    #expect(written > 60 && refused == 1, "\(written) written, \(refused) refused")
  }

  /// Sections as “region: text”.
  private func sections(_ template: String, _ line: String) throws -> [String] {
    let conversation = try ordered(line)
    return try self.template(template).sections(conversation.turns, conversation.variables)
      .map { "\($0.region): \($0.text)" }
  }

  @Test func `Thoughts, calls and results are in their turn's region`() throws {
    #expect(
      try sections("thinking", "thoughts") == [
        "user: <|im_start|>user\nWhere is it?<|im_end|>\n", "assistant: <|im_start|>assistant\nmat<|im_end|>\n",
        "user: <|im_start|>user\nAnd?<|im_end|>\n",
        "assistant: <|im_start|>assistant\n<think>\nOther.\n</think>\n\ndoor<|im_end|>\n",
      ])
    #expect(
      try sections("thinking", "a call as text") == [
        "user: <|im_start|>user\nWhere is it?<|im_end|>\n",
        """
        assistant: <|im_start|>assistant
        I look.
        <tool_call>
        {"name": "look", "arguments": {"n": 2}}
        </tool_call><|im_end|>

        """,
        "tool: <|im_start|>user\n<tool_response>\nyes\n</tool_response><|im_end|>\n",
        "assistant: <|im_start|>assistant\n<think>\n\n</think>\n\nHello!<|im_end|>\n",
      ])
    let calls = try sections("thinking", "calls")
    #expect(calls.map { $0.prefix { $0 != ":" } } == ["system", "user", "assistant", "tool", "tool", "assistant"])
    #expect(calls[0].contains("<tools>") && calls[2].contains(#"{"name": "ask", "arguments": {}}"#))
  }

  @Test func `Definitions of tools are the system's, and what asks for an answer is the assistant's`() throws {
    let tools = try sections("thinking", "tools and no system")
    #expect(tools.map { $0.prefix { $0 != ":" } } == ["system", "user", "assistant"] && tools[0].contains("<tools>"))
    #expect(try sections("thinking", "tools")[0].contains("Be kind.\n\n# Tools"))
    #expect(
      try sections("thinking", "to be answered").suffix(2) == [
        "user: <|im_start|>user\nWhere is it?<|im_end|>\n",
        "assistant: <|im_start|>assistant\n<think>\n\n</think>\n\n",
      ])
  }

  @Test func `A template of its own for tools is used where there are some`() throws {
    let template = try ModelTemplate(
      "plain", tools: "{% for t in tools %}{{ t.function.name }};{% endfor %}", file: "t")
    let asked = try ordered("tools")
    #expect(try template.text(of: asked.turns, asked.variables) == "look;ask;")
    #expect(try template.text(of: asked.turns) == "plain")
    let broken = try ModelTemplate("plain", tools: "{% if %}", file: "t")
    #expect(try broken.text(of: asked.turns) == "plain")
    #expect(throws: PromptError.self) { try broken.text(of: asked.turns, asked.variables) }
  }
}
