import Prompts
import Testing

/// Chats as JSON Lines.
struct ConversationTests {
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
      read == [
        Conversation(id: "7", turns: [.init(role: "system", text: "s"), .init(role: "persona", text: "p")]),
        Conversation(id: "line 3", turns: [.init(role: "user", text: ""), .init(role: "assistant", text: "a")]),
      ])
    #expect(read.map(\.hasPersona) == [true, false])
    #expect(read[0].says("p") && !read[0].says("sp") && !read[1].says("user"))
    #expect(try chats("\n \r\n").isEmpty)
  }

  @Test func `Any word is a role`() throws {
    let read = try chats(
      #"{"messages": [{"role": "tool", "content": "4", "tool_calls": []}, {"role": "prüfer-2", "content": "x"}]}"#)
    #expect(read[0].turns == [.init(role: "tool", text: "4"), .init(role: "prüfer-2", text: "x")])
  }

  @Test func `OpenAI's parts are one text`() throws {
    let read = try chats(
      #"{"messages": [{"role": "user", "content": [{"type": "text", "text": "a "}, {"type": "input_text", "text": "b"}]}]}"#
    )
    #expect(read[0].turns == [.init(role: "user", text: "a b")])
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
    (
      #"{"messages": [{"role": "assistant", "content": null, "tool_calls": [{"id": 1}]}]}"#,
      "messages[0].tool_calls: only the model's own template knows how a call is written"
    ),
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
