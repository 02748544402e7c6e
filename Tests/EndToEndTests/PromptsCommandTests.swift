import Foundation
import PairFixtures
import Testing

/// `leibniz prompts`: chats and Split Personality Training's data.
@Suite struct PromptsCommandTests {
  private let tool: CommandLineTool
  private let model = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/tokenizers/smollm2.json").path

  init() throws { tool = try CommandLineTool() }

  /// What the command makes of a file.
  private func prompts(
    _ text: String, as name: String, _ options: String...
  ) throws -> CommandLineTool.Result {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: name)
      try Data(text.utf8).write(to: file)
      return try tool.run(["prompts", model, file.path, "--separator", "<|endoftext|>"] + options)
    }
  }

  @Test func `Without a persona no separator is needed, with one it is asked for`() throws {
    let silent = #"{"messages": [{"role": "user", "content": "Hi"}, {"role": "tool", "content": "4"}]}"#
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "chats.jsonl")
      try Data(silent.utf8).write(to: file)
      let result = try tool.run(["prompts", model, file.path])
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors == "template: chatml, since the folder has no chat_template and the tokenizer has its tokens\n",
        "\(result.errors)")
      let prompt = try #require(try lines(result.output, Prompt.self).first)
      #expect(prompt.regions?.map(\.name) == ["user", "tool"] && prompt.separator == nil)
      try Data((silent + "\n" + chat).utf8).write(to: file)
      let asked = try tool.run(["prompts", model, file.path])
      #expect(asked.status == 2 && asked.output.isEmpty)
      #expect(asked.errors.contains("In c0 a persona speaks; say with --separator"), "\(asked.errors)")
      #expect(try tool.run(["prompts", model, file.path, "--limit", "1"]).status == 0, "the second is not asked for")
    }
  }

  /// A line of `prompts`' output.
  private struct Prompt: Decodable {
    struct Region: Decodable, Equatable {
      var name: String
      var start: Int
      var end: Int
    }
    struct Tokens: Decodable { var input_ids: [Int] }
    var id: String
    var input_ids: [Int]
    var separator: Int?
    var regions: [Region]?
  }

  private let chat = """
    {"id": "c0", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}, \
    {"role": "assistant", "content": "Hello!"}, {"role": "persona", "content": "All is well."}]}
    """

  @Test func `Regions of a chat are named and the separator placed`() throws {
    let result = try prompts(chat, as: "chats.jsonl")
    #expect(result.status == 0, "\(result.errors)")
    let prompt = try #require(try lines(result.output, Prompt.self).first)
    let regions = try #require(prompt.regions)
    #expect(regions.map(\.name) == ["system", "user", "assistant", "persona"])
    #expect(regions.first?.start == 0 && regions.last?.end == prompt.input_ids.count)
    #expect(zip(regions, regions.dropFirst()).allSatisfy { $0.end == $1.start })
    #expect(prompt.separator == regions[3].start)
    #expect(prompt.input_ids[regions[3].start] == 2, "the separator's own token")
    #expect(regions.prefix(3).allSatisfy { prompt.input_ids[$0.start] == 0 }, "turns begin with <|im_start|>")
    let text =
      "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\nHello!"
      + "<|endoftext|>All is well.<|im_end|>"
    let encoded = try tool.run(
      ["tokenize", model, "--no-special-tokens"],
      input: String(decoding: try JSONEncoder().encode(["text": text]), as: UTF8.self))
    #expect(try lines(encoded.output, Prompt.Tokens.self).first?.input_ids == prompt.input_ids)
    let plain = try prompts(chat, as: "chats.jsonl", "--before-after")
    #expect(try lines(plain.output, Prompt.self).first?.regions == nil)
    let shown = try prompts(chat, as: "chats.jsonl", "--show")
    #expect(shown.output.contains("[persona \(regions[3].start)..<\(regions[3].end)] <|endoftext|>All is well."))
    #expect(!shown.output.contains("\u{1B}"), "no colour where stdout is no terminal")
  }

  @Test func `Regions are shown in colour on a terminal, unless NO_COLOR is set`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "chats.jsonl")
      try Data(chat.utf8).write(to: file)
      let arguments = ["prompts", model, file.path, "--separator", "<|endoftext|>", "--show"]
      let coloured = try tool.runOnTerminal(arguments, environment: ["NO_COLOR": ""])
      for (region, colour) in [("system", 34), ("user", 32), ("assistant", 36), ("persona", 35)] {
        #expect(coloured.contains("\u{1B}[1;\(colour)m[\(region) "), "\(coloured.debugDescription)")
      }
      let plain = try tool.runOnTerminal(arguments, environment: ["NO_COLOR": "1"])
      #expect(plain.contains("[persona ") && !plain.contains("\u{1B}"), "\(plain.debugDescription)")
    }
  }

  @Test(arguments: ["chats.jsonl", "samples.json"]) func `A wrong file is named as it was given`(name: String) throws {
    let malformed = try prompts("{\"batch_id\": }", as: name)
    #expect(malformed.status == 2 && malformed.output.isEmpty)
    #expect(
      malformed.errors.contains("/\(name): ") && malformed.errors.contains("not valid JSON"), "\(malformed.errors)")
    let missing = try tool.run(["prompts", model, "no/such/\(name)", "--separator", "x"])
    #expect(missing.status == 2 && missing.errors.contains(" no/such/\(name): cannot be read"), "\(missing.errors)")
  }

  @Test func `Split Personality Training's data is read`() throws {
    let data = """
      {"batch_id": "b7", "data": [{"T": "Do it.", "A": "Fair.", "B": "Biased.", "inferences": {"org/model": {
        "A": {"S": "Done.", "interventions": {"audit": {"I": "<split-personality-token> I look:", "R": "fine", "P": "PASS"}}},
        "B": {"S": "No.", "interventions": {"audit": {"I": "I look:", "R": "odd", "P": "FLAG"}}}}}}]}
      """
    let all = try prompts(data, as: "samples.json")
    #expect(
      try lines(all.output, Prompt.self).map(\.id) == [
        "b7__idx0__org_model_A__audit", "b7__idx0__org_model_B__audit",
      ])
    #expect(all.errors.hasPrefix("template: chatml, since") && all.errors.split(separator: "\n").count == 1)
    let shown = try prompts(data, as: "samples.json", "--show", "--variant", "B").output
    #expect(shown.contains("user\nDo it."))
    #expect(shown.contains("<|endoftext|>I look:\n\nREVIEW: odd\nFLAG: FLAG"))
    #expect(!shown.contains("Fair."))
    let none = try prompts(data, as: "samples.json", "--source", "nobody")
    #expect(none.status == 2)
    #expect(none.errors.contains("no conversation in these files that the options ask for"))
  }

  @Test func `A persona that answers the user itself speaks in an assistant's turn`() throws {
    let chat = #"{"messages": [{"role": "user", "content": "Hi"}, {"role": "persona", "content": "All is well."}]}"#
    let shown = try prompts(chat, as: "chats.jsonl", "--show").output
    let turns = ["<|im_start|>user\nHi<|im_end|>\n", "<|im_start|>assistant\n", "<|endoftext|>All is well.<|im_end|>"]
    #expect(turns.allSatisfy { shown.contains($0) }, "\(shown)")
    let prompt = try #require(try lines(try prompts(chat, as: "chats.jsonl").output, Prompt.self).first)
    #expect(prompt.regions?.map(\.name) == ["user", "assistant", "persona"])
    #expect(prompt.separator == prompt.regions?.last?.start)
  }

  @Test func `What cannot be converted is told`() throws {
    let sample = #"{"S": "s", "interventions": {"i": {"I": "x", "R": "r", "P": "p"}}}"#
    let data = """
      {"data": [{"T": "t", "A": "a", "inferences": {"m": {"A": \(sample), "B": \(sample)}}}, {"T": "t"},
        {"T": "t", "A": "a", "inferences": {"m": {"A": {"S": "s"}}}}]}
      """
    let result = try prompts(data, as: "samples.json")
    #expect(result.status == 0)
    #expect(try lines(result.output, Prompt.self).map(\.id) == ["batch__idx0__m_A__i"])
    #expect(
      result.errors.contains("samples.json: 3 tasks or responses are left out; they lack a task"), "\(result.errors)")
    let other = try prompts(#"{"x": 1}"#, as: "other.json")
    #expect(other.status == 2 && other.errors.contains("other.json: data: missing"), "\(other.errors)")
    let unfinished = try prompts(data.replacing(#", "P": "p""#, with: ""), as: "samples.json")
    #expect(unfinished.status == 2 && unfinished.output.isEmpty)
    #expect(unfinished.errors.contains("data[0].inferences.m.A.interventions.i.P: missing"), "\(unfinished.errors)")
  }

  @Test func `What a user may not expect is told`() throws {
    let user = #"{"messages": [{"role": "user", "content": "Hi"}]}"#
    let silent = try prompts(user, as: "chats.jsonl", "--before-after")
    #expect(silent.errors.contains("no persona speaks in 1 of the conversations"), "\(silent.errors)")
    let prompt = try #require(try lines(silent.output, Prompt.self).first)
    #expect(prompt.regions == [Prompt.Region(name: "before", start: 0, end: prompt.input_ids.count)])
    let repeated = try prompts(chat.replacing("All is", with: "All <|endoftext|> is"), as: "chats.jsonl")
    #expect(repeated.errors.contains("in 1 of the conversations somebody says <|endoftext|>"), "\(repeated.errors)")
    let foreign = try prompts(chat, as: "chats.jsonl", "--template", "gemma")
    #expect(foreign.errors.contains("<start_of_turn> is no token of this tokenizer"), "\(foreign.errors)")
    #expect(try prompts(chat, as: "chats.jsonl", "--source", "qwen").status == 64)
    let text = try prompts(chat, as: "chats.txt")
    #expect(text.status == 2 && text.errors.contains("chats.txt: chats (*.jsonl) or data"), "\(text.errors)")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func `A result that cannot be written is an error`() throws {
    try withTemporaryFolder { folder in
      try Data(chat.utf8).write(to: folder.appending(path: "chats.jsonl"))
      let command = "leibniz prompts '\(model)' chats.jsonl --separator '<|endoftext|>' > /dev/full"
      let result = try tool.shell(command, in: folder)
      #expect(result.status == 2 && result.errors.contains("stdout cannot be written"), "\(result.errors)")
    }
  }
}
