import Foundation
import Leibniz
import LeibnizTesting
import PairFixtures
import Testing

/// Texts become tokens by the adapter's own tokenizer where its folder has one; prompts come on standard input.
@Suite struct AdapterTokenizerTests {
  private let tool: CommandLineTool
  private let tokenizer = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../fixtures/tokenizers/smollm2.json").standardized

  init() throws { tool = try CommandLineTool() }

  private struct Line: Decodable { var input_ids: [Int] }

  private static let text = #"{"id": "p", "text": "Where is the key?<persona>Under the mat."}"#

  /// A pair whose base has the tokenizer of SmolLM2's kind.
  private func withPair(_ body: (TinyPair) throws -> Void) throws {
    var options = TinyPair.Options()
    options.vocabulary = 512
    try withTinyPair(options) { pair in
      try FileManager.default.copyItem(at: tokenizer, to: pair.base.appending(path: "tokenizer.json"))
      try Data(Self.text.utf8).write(to: pair.prompts)
      try body(pair)
    }
  }

  private func addPersona(_ folder: URL) throws {
    try? FileManager.default.copyItem(at: tokenizer, to: folder.appending(path: "tokenizer.json"))
    let name = #"{"added_tokens_decoder": {"510": {"content": "<persona>", "special": true}}}"#
    try Data(name.utf8).write(to: folder.appending(path: "tokenizer_config.json"))
  }

  private func analysis(_ pair: TinyPair, _ adapted: [URL]) throws -> [Analysis] {
    var options = AnalysisOptions(separator: .text("<persona>"))
    options.pairs = 1
    return try analyze(base: pair.base, adapted: adapted, prompts: .file(pair.prompts), options: options)
  }

  @Test func `The adapter's tokenizer makes the tokens`() throws {
    try withPair { pair in
      let plain = try analysis(pair, [pair.adapter])[0]
      #expect(!plain.warnings.contains { $0.contains("Texts became tokens") })
      try addPersona(pair.adapter)
      let own = try analysis(pair, [pair.adapter])[0]
      #expect(own.prompts[0].tokens < plain.prompts[0].tokens)
      let separator = try #require(own.prompts[0].separator)
      let excerpt = try #require(own.excerpts?.first)
      #expect("\(excerpt)".contains("<persona>"), "\(excerpt)")
      let output = try tool.run(["tokenize", pair.adapter.path, "Where is the key?<persona>Under the mat."])
      let ids = try lines(output.output, Line.self)[0].input_ids
      let persona = try lines(tool.run(["tokenize", pair.adapter.path, "<persona>"]).output, Line.self)[0].input_ids
      #expect(ids.count == own.prompts[0].tokens && persona.count == 1 && ids[separator] == persona[0])
      let note = try #require(own.warnings.first { $0.contains("Texts became tokens by adapter/tokenizer.json") })
      #expect(note.contains("differs from the base's, to which the files beside it add <persona> (\(persona[0]))."))
      let told = try tool.run(["inspect", pair.adapter.path])
      #expect(told.output.contains("tokenizer.json; beside it <persona> (\(persona[0]))"), "\(told.output)")
      // Two tokenizers cannot share a pass.
      let error = #expect(throws: AnalysisError.self) { try analysis(pair, [pair.adapter, pair.base]) }
      #expect(error == .differentTokens(prompt: "p", first: "adapter", second: "base"))
    }
  }

  @Test func `The same tokenizer in both folders, and files without one`() throws {
    try withPair { pair in
      let plain = try analysis(pair, [pair.adapter])[0]
      try FileManager.default.copyItem(at: tokenizer, to: pair.adapter.appending(path: "tokenizer.json"))
      #expect(try analysis(pair, [pair.adapter])[0] == plain)
      try FileManager.default.removeItem(at: pair.adapter.appending(path: "tokenizer.json"))
      try Data(#"{"<persona>": 510}"#.utf8).write(to: pair.adapter.appending(path: "added_tokens.json"))
      let unread = try analysis(pair, [pair.adapter])[0]
      #expect(unread.warnings.contains { $0.contains("folder has added_tokens.json without a tokenizer.json") })
      #expect(unread.blocks == plain.blocks)
    }
  }

  @Test func `An adapter's folder without a tokenizer has its base's`() throws {
    try withPair { pair in
      try edit(pair.adapter.appending(path: "adapter_config.json"), "{", #"{"base_model_name_or_path": "org/base","#)
      let result = try tool.run(["tokenize", pair.adapter.path, "a b"])
      let base = try tool.run(["tokenize", pair.base.path, "a b"])
      #expect(result.status == 0 && result.output == base.output && base.errors.isEmpty, "\(result.errors)")
      #expect(result.errors.contains("tokenizer: the base's, ") && result.errors.contains("base/tokenizer.json"))
    }
  }

  @Test(arguments: ["analyze", "ablate"]) func `Prompts on standard input are those of the file`(command: String) throws
  {
    try withTinyPair { pair in
      try withTemporaryFolder { folder in
        let text = try String(contentsOf: pair.prompts, encoding: .utf8)
        let more = command == "ablate" ? ["--drop", "dKtQ"] : ["--loss"]
        func run(_ prompts: String, _ output: String, _ options: [String] = []) throws -> CommandLineTool.Result {
          try tool.run(
            [
              command, pair.base.path, pair.adapter.path, "--prompts", prompts, "-o",
              folder.appending(path: output).path,
            ]
              + more + options, input: prompts == "-" ? text : "")
        }
        let (file, piped) = (try run(pair.prompts.path, "file"), try run("-", "piped"))
        #expect(file.status == 0 && piped.status == 0, "\(file.errors)\(piped.errors)")
        let reports = try ["file", "piped"].map { name in
          try contents(of: folder.appending(path: name)).mapValues {
            String(decoding: $0, as: UTF8.self).replacing("--prompts prompts.jsonl", with: "--prompts -")
          }
        }
        #expect(reports[0] == reports[1] && reports[0].count > 2)
        // Shards take it too, as long as each is given the same.
        for shard in ["1/2", "2/2"] {
          let part = try run("-", "part-\(shard.prefix(1))", ["--shard", shard, "--batch-tokens", "8"])
          #expect(part.status == 0, "\(part.errors)")
        }
        let merged = try tool.run([
          "merge", folder.appending(path: "part-1").path, folder.appending(path: "part-2").path, "-o",
          folder.appending(path: "merged").path,
        ])
        #expect(merged.status == 0, "\(merged.errors)")
      }
    }
  }

  @Test func `Standard input that is wrong is called so`() throws {
    try withTinyPair { pair in
      let arguments = ["analyze", pair.base.path, pair.adapter.path, "--prompts", "-", "-o", pair.base.path + "/../o"]
      let empty = try tool.run(arguments)
      #expect(empty.status == 2 && empty.errors.contains("stdin: there is no prompt in it"), "\(empty.errors)")
      let broken = try tool.run(arguments, input: "\n{")
      #expect(broken.status == 2 && broken.errors.contains("stdin: line 2: not valid JSON"), "\(broken.errors)")
    }
  }

  @Test func `UTF-16 is named`() throws {
    try withTinyPair { pair in
      let text = try String(contentsOf: pair.prompts, encoding: .utf8)
      for (encoding, name) in [
        (String.Encoding.utf16, "UTF-16"), (.utf16LittleEndian, "UTF-16"), (.utf16BigEndian, "UTF-16"),
        (.utf32, "UTF-32"),
      ] {
        try #require(text.data(using: encoding)).write(to: pair.prompts)
        let error = #expect(throws: (any Error).self) { try pair.analysis() }
        #expect(
          "\(try #require(error))".contains("it is \(name), where UTF-8 is expected; save it as UTF-8"),
          "\(error as Any)")
      }
      let configuration = pair.base.appending(path: "config.json")
      let plain = try String(contentsOf: configuration, encoding: .utf8)
      try #require(plain.data(using: .utf16)).write(to: configuration)
      let error = #expect(throws: (any Error).self) { try pair.analysis() }
      #expect("\(try #require(error))".contains("config.json: it is UTF-16"), "\(error as Any)")
    }
  }
}
