import Foundation
import LeibnizTesting
import Reporting
import Testing

/// From text to a report: `tokenize`, `prompts` and `analyze` on text.
@Suite struct TextCommandTests {
  private let tool: CommandLineTool
  private let tokenizers = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "fixtures/tokenizers")

  init() throws { tool = try CommandLineTool() }

  /// What the `tokenizers` library makes of the torture list.
  private struct Golden: Decodable {
    var ids: [[Int]]
    var withoutSpecialTokens: [[Int]]
    var tokens: [[String]]
  }

  /// A line of `tokenize`'s output.
  private struct Line: Decodable {
    var input_ids: [Int]
    var tokens: [String]
  }

  private func lines<T: Decodable>(_ text: String, _: T.Type) throws -> [T] {
    try text.split(separator: "\n").map { try JSONDecoder().decode(T.self, from: Data($0.utf8)) }
  }

  @Test(arguments: ["llama2", "smollm2"]) func `tokenize gives the library's ids and tokens`(kind: String) throws {
    let texts = try JSONDecoder().decode(
      [String].self, from: Data(contentsOf: tokenizers.appending(path: "torture.json")))
    let golden = try JSONDecoder().decode(
      Golden.self, from: Data(contentsOf: tokenizers.appending(path: "\(kind).golden.json")))
    let input = try texts.map { String(decoding: try JSONEncoder().encode(["text": $0]), as: UTF8.self) + "\n" }
      .joined()
    let file = tokenizers.appending(path: "\(kind).json").path
    let result = try tool.run(["tokenize", file], input: input)
    #expect(result.status == 0, "\(result.errors)")
    let all = try lines(result.output, Line.self)
    #expect(all.map(\.input_ids) == golden.ids)
    // The goldens spell out the tokens of the first texts.
    #expect(golden.tokens.count > 30)
    #expect(all.prefix(golden.tokens.count).map(\.tokens) == golden.tokens)
    let plain = try tool.run(["tokenize", file, "--no-special-tokens"], input: input)
    #expect(try lines(plain.output, Line.self).map(\.input_ids) == golden.withoutSpecialTokens)
  }

  @Test(arguments: [
    ("{\"text\": \"a\"}\n\n{\"text\": 3}\n", "stdin: line 3"), ("{\"text\": \"a\"}\n{\"txt\": \"a\"}", "stdin: line 2"),
    ("[1]", "stdin: line 1"), ("{\"text\": \"a\"", "stdin: line 1"),
  ]) func `A malformed line is named`(input: String, place: String) throws {
    let result = try tool.run(["tokenize", tokenizers.appending(path: "gpt2.json").path], input: input)
    #expect(result.status == 2)
    #expect(result.errors.contains(place), "\(result.errors)")
    #expect(result.output.isEmpty)
  }

  /// A line of `prompts`' output.
  private struct Prompt: Decodable {
    struct Region: Decodable, Equatable {
      var name: String
      var start: Int
      var end: Int
    }
    var id: String
    var input_ids: [Int]
    var separator: Int?
    var regions: [Region]?
  }

  private let chat = """
    {"id": "c0", "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}, \
    {"role": "assistant", "content": "Hello!"}, {"role": "persona", "content": "All is well."}]}
    """

  @Test func `prompts names the regions of a chat and places the separator`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "chats.jsonl")
      try Data(chat.utf8).write(to: file)
      let model = tokenizers.appending(path: "smollm2.json").path
      let arguments = ["prompts", model, file.path, "--separator", "<|endoftext|>"]
      let result = try tool.run(arguments)
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
      #expect(try lines(encoded.output, Line.self).first?.input_ids == prompt.input_ids)
      let plain = try tool.run(arguments + ["--before-after"])
      #expect(try lines(plain.output, Prompt.self).first?.regions == nil)
      let shown = try tool.run(arguments + ["--show"])
      #expect(shown.output.contains("[persona \(regions[3].start)..<\(regions[3].end)] <|endoftext|>All is well."))
      #expect(!shown.output.contains("\u{1B}"), "no colour where stdout is no terminal")
    }
  }

  @Test func `prompts shows regions in colour on a terminal, unless NO_COLOR is set`() throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "chats.jsonl")
      try Data(chat.utf8).write(to: file)
      let arguments = [
        "prompts", tokenizers.appending(path: "smollm2.json").path, file.path, "--separator", "<|endoftext|>", "--show",
      ]
      let coloured = try tool.runOnTerminal(arguments, environment: ["NO_COLOR": ""])
      for (region, colour) in [("system", 34), ("user", 32), ("assistant", 36), ("persona", 35)] {
        #expect(coloured.contains("\u{1B}[1;\(colour)m[\(region) "), "\(coloured.debugDescription)")
      }
      let plain = try tool.runOnTerminal(arguments, environment: ["NO_COLOR": "1"])
      #expect(plain.contains("[persona ") && !plain.contains("\u{1B}"), "\(plain.debugDescription)")
    }
  }

  @Test(arguments: ["chats.jsonl", "samples.json"]) func `A wrong file is named as it was given`(name: String) throws {
    try withTemporaryFolder { folder in
      let file = folder.appending(path: name)
      let arguments = ["prompts", tokenizers.appending(path: "smollm2.json").path, file.path, "--separator", "x"]
      let missing = try tool.run(arguments)
      #expect(missing.status == 2 && missing.errors.contains("\(file.path): cannot be read"), "\(missing.errors)")
      try Data("{\"batch_id\": }".utf8).write(to: file)
      let malformed = try tool.run(arguments)
      #expect(malformed.status == 2 && malformed.errors.contains("\(file.path): "), "\(malformed.errors)")
      #expect(malformed.errors.contains("not valid JSON") && malformed.output.isEmpty, "\(malformed.errors)")
    }
  }

  @Test func `prompts reads Split Personality Training's data`() throws {
    let data = """
      {"batch_id": "b7", "data": [{"T": "Do it.", "A": "Fair.", "B": "Biased.", "inferences": {"org/model": {
        "A": {"S": "Done.", "interventions": {"audit": {"I": "<split-personality-token> I look:", "R": "fine", "P": "PASS"}}},
        "B": {"S": "No.", "interventions": {"audit": {"I": "I look:", "R": "odd", "P": "FLAG"}}}}}}]}
      """
    try withTemporaryFolder { folder in
      let file = folder.appending(path: "samples.json")
      try Data(data.utf8).write(to: file)
      let arguments = [
        "prompts", tokenizers.appending(path: "smollm2.json").path, file.path, "--separator", "<|endoftext|>",
      ]
      let all = try tool.run(arguments)
      #expect(
        try lines(all.output, Prompt.self).map(\.id) == [
          "b7__idx0__org_model_A__audit", "b7__idx0__org_model_B__audit",
        ])
      let shown = try tool.run(arguments + ["--show", "--variant", "B"])
      #expect(shown.output.contains("user\nDo it."))
      #expect(shown.output.contains("<|endoftext|>I look:\n\nREVIEW: odd\nFLAG: FLAG"))
      #expect(!shown.output.contains("Fair."))
      let none = try tool.run(arguments + ["--source", "nobody"])
      #expect(none.status == 2)
      #expect(none.errors.contains("no such conversation"))
    }
  }

  /// The README's example: text, and a separator that is no token of its own.
  @Test func `A text prompt gives the numbers of its ids`() throws {
    var options = TinyPair.Options()
    options.vocabulary = 512
    try withTinyPair(options) { pair in
      let tokenizer = tokenizers.appending(path: "smollm2.json")
      try FileManager.default.copyItem(at: tokenizer, to: pair.base.appending(path: "tokenizer.json"))
      let line = #"{"id": "p0", "text": "Where is the key?<persona>Under the mat."}"#
      let ids = try lines(try tool.run(["tokenize", pair.base.path], input: line).output, Line.self)[0].input_ids
      let before = try lines(
        try tool.run(["tokenize", pair.base.path], input: #"{"text": "Where is the key?"}"#).output, Line.self)[0]
      #expect(ids.starts(with: before.input_ids))
      try withTemporaryFolder { folder in
        let text = folder.appending(path: "text.jsonl")
        try Data(line.utf8).write(to: text)
        let numbers = folder.appending(path: "ids.jsonl")
        let prompt = #"{"id": "p0", "input_ids": \#(ids), "separator": \#(before.input_ids.count)}"#
        try Data(prompt.utf8).write(to: numbers)
        let reports = [folder.appending(path: "a"), folder.appending(path: "b")]
        let first = try tool.analyze(pair.base, pair.adapter, text, to: reports[0], ["--separator", "<persona>"])
        #expect(first.status == 0, "\(first.errors)")
        let second = try tool.analyze(pair.base, pair.adapter, numbers, to: reports[1])
        #expect(second.status == 0, "\(second.errors)")
        #expect(try contents(of: reports[0]) == contents(of: reports[1]))
      }
    }
  }
}
