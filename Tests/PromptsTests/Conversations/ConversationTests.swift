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

  @Test(arguments: [
    ("{", "not valid JSON: column 2: a name in quotes"), ("[]", "an object is expected, an array was found"),
    (#"{"id": "a"}"#, "messages: a list of turns is expected"),
    (#"{"messages": []}"#, "messages: a list of turns is expected"),
    (#"{"messages": "Hi"}"#, "messages: an array is expected, a string was found"),
    (#"{"messages": ["Hi"]}"#, "messages[0]: an object is expected"),
    (#"{"messages": [{"content": "Hi"}]}"#, "messages[0].role: missing"),
    (
      #"{"messages": [{"role": "tool", "content": "Hi"}]}"#,
      "messages[0].role: tool is unknown; known are system, user, assistant, persona"
    ),
    (#"{"messages": [{"role": "user", "content": "Hi"}, {"role": "user"}]}"#, "messages[1].content: missing"),
    (#"{"messages": [{"role": "user", "content": ["Hi"]}]}"#, "messages[0].content: a string is expected"),
    (#"{"id": [], "messages": [{"role": "user", "content": "Hi"}]}"#, "id: a string is expected"),
  ])
  func `A wrong line is refused by its number and member`(line: String, expected: String) {
    let error = #expect(throws: PromptError.self) {
      try chats(#"{"messages": [{"role": "user", "content": "Hi"}]}"# + "\n" + line)
    }
    #expect(error?.description.hasPrefix("chats.jsonl: line 2: " + expected) == true, "\(String(describing: error))")
  }
}
