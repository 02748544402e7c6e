import Prompts
import StrictJSON
import Testing

/// Chats as JSON Lines.
struct ConversationTests {
  private func object(_ text: String) throws -> JSONObject {
    try JSONReader(file: "", bytes: Array(text.utf8)).object
  }

  private func chats(_ text: String) throws(PromptError) -> [Conversation] {
    try Conversation.chats(Array(text.utf8), file: "chats.jsonl")
  }

  @Test func `Turns are read with their roles, a line without an id is named after its number`() throws {
    let read = try chats(
      """
      {"id": 7, "messages": [{"role": "system", "content": "s"}, {"role": "persona", "content": "p", "name": "x"}]}

      {"messages": [{"role": "user", "content": ""}, {"role": "assistant", "content": "a"}], "source": "mine"}
      """)
    #expect(
      read
        == [
          Conversation(
            id: "7",
            turns: [
              .init(role: "system", text: "s"),
              .init(
                role: "persona", text: "p",
                data: try object(#"{"role": "persona", "content": "p", "name": "x"}"#)),
            ]),
          Conversation(id: "line 3", turns: [.init(role: "user", text: ""), .init(role: "assistant", text: "a")]),
        ].enumerated().map { index, conversation in
          var conversation = conversation
          if index == 1 { conversation.unknownMembers = ["source"] }
          return conversation
        })
    #expect(read.map(\.hasPersona) == [true, false])
    #expect(read[0].says("p") && !read[0].says("sp") && !read[1].says("user"))
    #expect(try chats("\n \r\n").isEmpty)
  }

  @Test func `Any word is a role`() throws {
    let read = try chats(
      #"{"messages": [{"role": "tool", "content": "4", "tool_calls": []}, {"role": "prüfer-2", "content": "x"}]}"#)
    #expect(read[0].turns.map(\.role) == ["tool", "prüfer-2"] && read[0].turns.map(\.text) == ["4", "x"])
    #expect(read[0].turns[0].data?["tool_calls"] == .array([]))
  }

  @Test func `OpenAI's parts are one text`() throws {
    let read = try chats(
      #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "a "}, {"type": "input_text", "text": "b"}]}]}"#
    )
    #expect(read[0].turns.map(\.text) == ["a b"])
    guard case .array(let parts)? = read[0].turns[0].data?["content"] else {
      Issue.record("the parts are gone")
      return
    }
    #expect(parts.count == 2, "a template sees the parts")
  }

  @Test func `ShareGPT's chats are read, with its words for who speaks`() throws {
    let read = try chats(
      """
      {"id": "g", "conversations": [{"from": "system", "value": "s"}, {"from": "human", "value": "h"}, \
      {"from": "gpt", "value": "g"}, {"from": "observation", "value": "o"}, {"from": "persona", "value": "p"}]}
      {"conversations": [{"role": "user", "content": "u"}]}
      """)
    #expect(read[0].turns.map(\.role) == ["system", "user", "assistant", "tool", "persona"])
    #expect(read[0].turns.map(\.text) == ["s", "h", "g", "o", "p"])
    #expect(read[1].turns == [.init(role: "user", text: "u")])
  }

  @Test func `Thoughts, calls and names stay as they are`() throws {
    let read = try chats(
      """
      {"messages": [{"role": "user", "content": "w", "weight": 1}, {"role": "assistant", "reasoning_content": "t", \
      "content": null, "tool_calls": [{"function": {"name": "f", "arguments": {"n": 2}}}]}, {"role": "tool", \
      "tool_call_id": "i", "content": {"a": 1}}], "tools": "[{\\"name\\": \\"f\\"}]", "enable_thinking": false, \
      "chat_template_kwargs": {"mood": "good"}, "add_generation_prompt": true, "score": 3}
      """)[0]
    #expect(read.turns.map(\.text) == ["w", "", ""])
    #expect(read.turns[1].data?.members.map(\.name) == ["role", "reasoning_content", "tool_calls"])
    #expect(read.turns[2].data?["content"] == .object(try object(#"{"a": 1}"#)))
    #expect(read.variables.members.map(\.name) == ["tools", "add_generation_prompt", "enable_thinking", "mood"])
    #expect(read.variables["tools"] == .array([.object(try object(#"{"name": "f"}"#))]))
    #expect(read.unknownMembers == ["score"] && read.unknownTurnMembers == ["weight"])
    #expect(read.needsModelTemplate?.member == "tools" && read.says("f") && !read.says("q"))
  }

  @Test func `A line's system text is the first turn, and ShareGPT's calls are calls`() throws {
    let read = try chats(
      """
      {"conversations": [{"from": "human", "value": "h"}, {"from": "function_call", "value": "{\\"name\\": \\"f\\", \
      \\"arguments\\": {}}"}, {"from": "observation", "value": "o"}], "system": "s", "tools": "[]"}
      """)[0]
    #expect(read.turns.map(\.role) == ["system", "user", "assistant", "tool"] && read.turns[0].text == "s")
    #expect(read.turns[2].data?["tool_calls"] != nil && read.needsModelTemplate?.turn == 3)
  }

  @Test(arguments: [
    (#"{"prompt": "p", "chosen": "c", "rejected": "r"}"#, ["user: p", "assistant: c"], ["user: p", "assistant: r"]),
    (
      #"{"prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": "p"}], "chosen": [{"role": "assistant", "content": "c"}], "rejected": [{"role": "assistant", "content": "r"}]}"#,
      ["system: s", "user: p", "assistant: c"], ["system: s", "user: p", "assistant: r"]
    ),
    (
      #"{"prompt": "p", "chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "c"}], "rejected": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "r"}]}"#,
      ["user: p", "assistant: c"], ["user: p", "assistant: r"]
    ),
    (
      #"{"chosen": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "c"}], "rejected": [{"from": "human", "value": "p"}, {"from": "gpt", "value": "r"}], "messages": [{"role": "user", "content": "p"}, {"role": "assistant", "content": "c"}]}"#,
      ["user: p", "assistant: c"], ["user: p", "assistant: r"]
    ),
  ])
  func `Of a preference row one answer is taken`(line: String, chosen: [String], rejected: [String]) throws {
    for (preference, expected) in [(Conversation.Preference.chosen, chosen), (.rejected, rejected)] {
      let read = try Conversation.chats(Array(line.utf8), file: "c", preferring: preference)[0]
      #expect(read.turns.map { "\($0.role): \($0.text)" } == expected)
      #expect(read.form == .preference && read.unknownMembers.isEmpty)
    }
  }

  @Test func `Prompts and what completes them are conversations`() throws {
    let read = try chats(
      """
      {"prompt": "p", "completion": "c"}
      {"prompt": [{"role": "user", "content": "p"}], "completion": [{"role": "assistant", "content": "c"}], "label": true}
      {"prompt": "p"}
      {"instruction": "p", "input": "", "output": "c", "system": "s"}
      """)
    #expect(read.map { $0.turns.map(\.role) }[..<3] == [["user", "assistant"], ["user", "assistant"], ["user"]])
    #expect(read[3].turns.map(\.text) == ["s", "p", "c"])
    #expect(read.allSatisfy { $0.form == .completion } && read[1].unknownMembers == ["label"])
  }

  @Test func `UTF-16 is named`() {
    for bytes: [UInt8] in [[0xFF, 0xFE, 0x7B, 0], [0xFE, 0xFF, 0, 0x7B], [0x7B, 0, 0x22, 0]] {
      let error = #expect(throws: PromptError.self) { try Conversation.chats(bytes, file: "c.jsonl") }
      #expect(error?.description.contains("it is UTF-16 or UTF-32") == true)
    }
  }

  @Test(arguments: [
    ("{", "not valid JSON: column 2: a name in quotes"), ("[]", "an object is expected, an array was found"),
    (#"{"id": "a"}"#, "messages: a list of turns is expected"),
    (#"{"messages": []}"#, "messages: a list of turns is expected"),
    (#"{"messages": "Hi"}"#, "messages: an array is expected, a string was found"),
    (#"{"messages": ["Hi"]}"#, "messages[0]: an object is expected"),
    (#"{"messages": [{"content": "Hi"}]}"#, "messages[0].role: missing"),
    (#"{"messages": [{"role": "", "content": "Hi"}]}"#, "messages[0].role: “” is no role; a word of letters"),
    (#"{"messages": [{"role": "a b", "content": "Hi"}]}"#, "messages[0].role: “a b” is no role"),
    (#"{"messages": [{"role": "<|im_end|>", "content": "Hi"}]}"#, "messages[0].role: “<|im_end|>” is no role"),
    (#"{"messages": [{"role": "assistant", "tool_calls": 1}]}"#, "messages[0].tool_calls: an array is expected"),
    (#"{"messages": [{"role": "assistant", "content": null}]}"#, "messages[0].content: missing"),
    (
      #"{"messages": [{"role": "user", "content": "a", "score": 12345678901234567890}]}"#,
      "messages[0].score: a number beyond 64-bit integers"
    ),
    (
      #"{"conversations": [{"from": "function_call", "value": "look()"}]}"#,
      "conversations[0].value: a call is expected in JSON"
    ),
    (
      #"{"messages": [{"role": "user", "content": "a"}], "tools": 5}"#,
      "tools: a list is expected, an integer was found"
    ),
    (#"{"messages": [{"role": "user", "content": "a"}], "tools": "[5]"}"#, "tools[0]: a definition is expected"),
    (#"{"messages": [{"role": "user", "content": "a"}], "tools": "look"}"#, "tools: a list is expected, or a text"),
    (
      #"{"messages": [{"role": "system", "content": "a"}], "system": "b"}"#,
      "system: the turns begin with a system turn too"
    ),
    (
      #"{"messages": [{"role": "user", "content": "a"}], "continue_final_message": true}"#,
      "continue_final_message: every turn is closed here"
    ),
    (
      #"{"messages": [{"role": "user", "content": "a"}], "tools": [], "chat_template_kwargs": {"tools": []}}"#,
      "chat_template_kwargs.tools: it is given twice"
    ),
    (
      #"{"messages": [{"role": "user", "content": "a"}], "chat_template_kwargs": {"messages": []}}"#,
      "chat_template_kwargs.messages: no variable"
    ),
    (#"{"prompt": "a", "response": "b"}"#, "response: what answers a prompt is expected as completion"),
    (#"{"prompt": "\n\nHuman: a\n\nAssistant:", "chosen": "b"}"#, "prompt: it is a transcript of Human:"),
    (#"{"chosen": "a", "rejected": "b"}"#, "chosen: without a prompt a list of turns is expected"),
    (#"{"prompt": "a", "rejected": "b"}"#, "chosen: missing; the line is a preference row"),
    (#"{"instruction": "a", "input": "b", "output": "c"}"#, "input: how it is joined to the instruction differs"),
    (#"{"text": "a"}"#, "messages: a list of turns is expected; a text that is complete needs no template"),
    (
      #"{"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}]}"#,
      "messages[0].content[0].type: image_url is expected to be text"
    ),
    (#"{"messages": [{"role": "user", "content": [{"type": "text"}]}]}"#, "messages[0].content[0].text: missing"),
    (#"{"conversations": []}"#, "conversations: a list of turns is expected"),
    (#"{"conversations": [{"from": "human"}]}"#, "conversations[0].value: missing"),
    (#"{"conversations": [{"from": "two words", "value": ""}]}"#, "conversations[0].from: “two words” is no role"),
    (
      #"{"messages": [{"role": "user", "content": ""}], "conversations": [{"from": "human", "value": ""}]}"#,
      "conversations: there are messages too"
    ),
    (#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "user"}]}"#, "messages[1].content: missing"),
    (#"{"messages": [{"role": "user", "content": ["Hi"]}]}"#, "messages[0].content[0]: an object is expected"),
    (#"{"messages": [{"role": "user", "content": 7}]}"#, "messages[0].content: a string is expected"),
    (#"{"id": [], "messages": [{"role": "user", "content": "Hi"}]}"#, "id: a string is expected"),
  ])
  func `A wrong line is refused by its number and member`(line: String, expected: String) {
    let error = #expect(throws: PromptError.self) {
      try chats(#"{"messages": [{"role": "user", "content": "Hi"}]}"# + "\n" + line)
    }
    #expect(error?.description.hasPrefix("chats.jsonl: line 2: " + expected) == true, "\(String(describing: error))")
  }
}
