import Foundation
import LeibnizTesting
import PairFixtures
import Testing

/// From text to a report: `tokenize`, and `analyze` on text.
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

  @Test func `What cannot be read is told`() throws {
    let folder = try tool.shell(
      "set +e; leibniz tokenize '\(tokenizers.appending(path: "gpt2.json").path)' < /; test $? = 2", in: tokenizers)
    #expect(folder.status == 0 && folder.errors.contains("stdin cannot be read: Is a directory"), "\(folder.errors)")
  }

  @Test func `tokenize takes texts as arguments, and then reads no stdin`() throws {
    let file = tokenizers.appending(path: "smollm2.json").path
    let texts = ["Hello world", "", "-x <|im_start|>"]
    let named = try tool.run(["tokenize", file, "--"] + texts, input: "no JSON")
    let piped = try tool.run(
      ["tokenize", file],
      input: texts.map { String(decoding: try JSONEncoder().encode(["text": $0]), as: UTF8.self) }.joined(
        separator: "\n"))
    #expect(named.status == 0 && !named.output.isEmpty, "\(named.errors)")
    #expect(named.output == piped.output)
  }

  /// Text, and a separator that is no token of its own.
  @Test func `A text prompt gives the numbers of its ids`() throws {
    var options = TinyPair.Options()
    options.vocabulary = 512
    try withTinyPair(options) { pair in
      let tokenizer = tokenizers.appending(path: "smollm2.json")
      try FileManager.default.copyItem(at: tokenizer, to: pair.base.appending(path: "tokenizer.json"))
      let line = #"{"id": "p0", "text": "Where is the key?PERSONAUnder the mat."}"#
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
        let first = try tool.analyze(pair.base, pair.adapter, text, to: reports[0], ["--separator", "PERSONA"])
        #expect(first.status == 0, "\(first.errors)")
        let second = try tool.analyze(pair.base, pair.adapter, numbers, to: reports[1])
        #expect(second.status == 0, "\(second.errors)")
        // Both say in their own words how they were made.
        let files = try reports.map { report in
          try contents(of: report).mapValues { bytes in
            String(decoding: bytes, as: UTF8.self)
              .replacingOccurrences(of: "text.jsonl", with: "ids.jsonl")
              .replacingOccurrences(of: " --separator PERSONA", with: "")
          }
        }
        #expect(files[0] == files[1] && files[0].count > 3)
      }
    }
  }

  @Test func `A separator that is not there is told`() throws {
    var options = TinyPair.Options()
    options.vocabulary = 512
    try withTinyPair(options) { pair in
      let tokenizer = tokenizers.appending(path: "smollm2.json")
      try FileManager.default.copyItem(at: tokenizer, to: pair.base.appending(path: "tokenizer.json"))
      try Data(#"{"text": "a <x> b"}\n{"text": "a <y> b"}"#.replacing("\\n", with: "\n").utf8).write(to: pair.prompts)
      try withTemporaryFolder { folder in
        func warnings(_ name: String, _ separator: String, _ options: String...) throws -> String {
          let output = folder.appending(path: name)
          let run = try tool.analyze(
            pair.base, pair.adapter, pair.prompts, to: output, ["--separator", separator] + options)
          #expect(run.status == 0, "\(run.errors)")
          return run.errors
        }
        let sentence = "prompts have no separator; all of their tokens are before it."
        let (one, none) = (try warnings("one", "<y>"), try warnings("none", "<z>", "--allow-missing-separator"))
        #expect(one.contains("1 of 2 \(sentence)") && none.contains("2 of 2 \(sentence)"), "\(one) \(none)")
        let made = try String(contentsOf: folder.appending(path: "none/report.md"), encoding: .utf8)
        #expect(made.contains("--separator '<z>' --allow-missing-separator"))
        let (both, all) = (try warnings("both", "> b"), try warnings("all", "none"))
        #expect(!both.contains(sentence) && both.contains("plain LoRA"), "\(both)")
        #expect(all.isEmpty, "\(all)")
        try Data(#"{"text": "a <x> b", "separator": 1}"#.utf8).write(to: pair.prompts)
        let own = try warnings("own", "<x>")
        #expect(own.contains("1 of 1 prompts have a separator or regions of their own, which go first"), "\(own)")
      }
    }
  }
}

/// A separator that was asked for and is in no prompt.
@Suite struct MissingSeparatorTests {
  private func run(_ prompts: String, _ arguments: [String]) throws -> CommandLineTool.Result {
    try withTinyPair { pair in
      try Data(prompts.utf8).write(to: pair.prompts)
      return try withTemporaryFolder { folder in
        let output = folder.appending(path: "report").path
        let result = try CommandLineTool().run(
          [arguments[0], pair.base.path, pair.adapter.path, "--prompts", pair.prompts.path, "--output", output]
            + arguments.dropFirst())
        #expect((result.status == 0) == FileManager.default.fileExists(atPath: output))
        return result
      }
    }
  }

  private let plain = #"{"input_ids": [1, 2, 3, 4]}"#

  @Test(arguments: [["analyze"], ["ablate", "--drop", "scores"]])
  func `It is an error, unless it is allowed`(command: [String]) throws {
    let prompts = plain + "\n" + plain
    let missing = try run(prompts, command + ["--separator-ids", "4,3"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("the separator of tokens 4,3 is in no prompt"), "\(missing.errors)")
    #expect(try run(prompts, command + ["--separator-ids", "3,4"]).status == 0)
    let useless = try run(prompts, command + ["--allow-missing-separator"])
    #expect(useless.status == 64 && useless.errors.contains("goes with --separator or --separator-ids"))
  }

  @Test func `One prompt that has it is enough, and so are regions of their own`() throws {
    let found = try run(plain + "\n" + #"{"input_ids": [1, 7, 3]}"#, ["analyze", "--separator-ids", "7"])
    #expect(found.status == 0 && found.errors.contains("1 of 2 prompts have no separator"), "\(found.errors)")
    let own = #"{"input_ids": [1, 2, 3], "separator": 1}"#
    #expect(try run(own, ["analyze", "--separator-ids", "7"]).status == 0, "nothing was searched for")
    #expect(try run(own + "\n" + plain, ["analyze", "--separator-ids", "7"]).status == 2, "where it was, in vain")
    #expect(try run(plain, ["analyze", "--separator-ids", "7", "--allow-missing-separator"]).status == 0)
  }
}

/// The lines of a command's output.
func lines<T: Decodable>(_ text: String, _: T.Type) throws -> [T] {
  try text.split(separator: "\n").map { try JSONDecoder().decode(T.self, from: Data($0.utf8)) }
}
