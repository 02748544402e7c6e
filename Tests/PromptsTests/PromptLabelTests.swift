import Prompts
import Testing

/// Lines that say which tokens losses judge.
struct PromptLabelTests {
  private func read(_ members: String, tokens: String = "[11, 12, 13, 14, 15]") throws -> PromptFile {
    let line = "{\"id\": \"p\", \"input_ids\": \(tokens), \"separator\": 2, \(members)}"
    return try withPromptFile(line.utf8) { file in
      try PromptFile.read(file, PromptFile.Context(vocabularySize: 100, separator: .fromFile))
    }
  }

  @Test(arguments: [
    (#""labels": [-100, 12, -100, -100, 15]"#, [false, true, false, false, true]),
    (#""loss_mask": [0, 1, 0, 0, 1]"#, [false, true, false, false, true]),
    (#""loss_mask": [0.0, 1.0, 0, 0, 1]"#, [false, true, false, false, true]),
    (#""labels": [11, 12, 13, 14, 15]"#, [true, true, true, true, true]),
    (#""labels": [-100, -100, -100, -100, -100]"#, [false, false, false, false, false]),
  ]) func `Labels and masks say the same`(members: String, judged: [Bool]) throws {
    #expect(try read(members).prompts[0].lossMask == judged)
  }

  @Test func `Without either the separator tells`() throws {
    #expect(try read(#""labels": null, "other": 1"#).prompts[0].lossMask == nil)
  }

  @Test func `Tokens that are taken out take their labels along`() throws {
    let padded = try read(
      #""attention_mask": [0, 1, 1, 1, 0], "labels": [-100, -100, 13, 14, -100]"#, tokens: "[0, 12, 13, 14, 0]")
    #expect(padded.prompts[0].tokens == [12, 13, 14] && padded.prompts[0].lossMask == [false, true, true])
  }

  @Test func `They are a part of what prompts are told apart by`() throws {
    let files = try [
      #""other": 1"#, #""loss_mask": [0, 0, 0, 0, 0]"#, #""loss_mask": [0, 0, 0, 0, 1]"#,
      #""loss_mask": [0, 0, 0, 1, 0]"#,
    ].map { try read($0) }
    #expect(Set(files.map(\.fingerprint)).count == 4)
    #expect(try read(#""labels": [-100, -100, -100, 14, -100]"#).fingerprint == files[3].fingerprint)
  }

  @Test(arguments: [
    (#""labels": [-100, -100, -100, -100, 15], "loss_mask": [0, 0, 0, 0, 1]"#, "both \"labels\" and \"loss_mask\""),
    (#""labels": [-100, -100, -100, 15]"#, "labels has 4 entries for 5 tokens"),
    (#""loss_mask": [0, 0, 0, 0, 1, 1]"#, "loss_mask has 6 entries for 5 tokens"),
    (#""labels": [12, 13, 14, 15, -100]"#, "labels holds 12 for token 0, which is 11"),
    (#""labels": [-100, -100, -100, 14, 0]"#, "labels holds 0 for token 4, which is 15"),
    (#""loss_mask": [0, 0, 0, 0, 0.5]"#, "loss_mask holds 0.5, where 0 and 1 are expected"),
    (#""loss_mask": [0, 0, 0, 0, -1]"#, "loss_mask holds -1.0, where 0 and 1 are expected"),
    (#""loss_mask": [[0, 0, 0, 0, 1]]"#, "loss_mask is a list of lists"),
    (#""labels": [[-100, -100, -100, -100, 15]]"#, "labels is a list of lists"),
    (#""labels": 1"#, "labels: an array is expected"), (#""labels": "spam""#, "labels: an array is expected"),
    (#""loss_mask": [true, false, false, false, true]"#, "loss_mask: an array of numbers is expected"),
    (#""labels": [-100, -100, -100, -100, 15.0]"#, "labels: an array of integers is expected"),
    (
      #""attention_mask": [1, 1, 1, 1, 0], "loss_mask": [0, 0, 0, 0, 1]"#,
      "judges token 4, which attention_mask takes out"
    ),
  ]) func `What does not fit the tokens is refused by line`(members: String, message: String) {
    let error = #expect(throws: PromptError.self) { _ = try read(members) }
    #expect(error.map { "\($0)".contains("line 1: ") && "\($0)".contains(message) } == true, "\(error as Any)")
  }

  @Test(arguments: ["labels", "loss_mask"]) func `Beside a text they are refused`(name: String) {
    let line = "{\"text\": \"ab\", \"separator\": 0, \"\(name)\": [1, 1]}"
    let error = #expect(throws: PromptError.self) {
      try withPromptFile(line.utf8) { file in
        var context = PromptFile.Context(vocabularySize: 100, separator: .fromFile)
        context.encode = { _, _ in ([1, 2], nil) }
        _ = try PromptFile.read(file, context)
      }
    }
    #expect(error.map { "\($0)".contains("line 1: \(name) says something of every token") } == true)
  }

  @Test(arguments: ["labels", "loss_mask"]) func `Beside a conversation they are refused`(name: String) {
    let line = "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}], \"\(name)\": [1]}"
    let error = #expect(throws: PromptError.self) { try Conversation.chats(Array(line.utf8), file: "chats.jsonl") }
    #expect(error.map { "\($0)".contains("line 1: \(name)") } == true, "\(error as Any)")
  }

  @Test func `Prompts made elsewhere are held to the same`() {
    let prompt = Prompt(id: "p", tokens: [1, 2], separator: 0, lossMask: [true])
    let error = #expect(throws: PromptError.self) { try PromptFile(checking: [prompt], vocabularySize: 9) }
    #expect(error == .value(id: "p", message: "the loss mask has 1 entries for 2 tokens"))
  }
}
