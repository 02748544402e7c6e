import Architectures
import Checkpoints
import Foundation
import Leibniz
import Prompts
import Safetensors
import StrictJSON
import Tokenization

/// A reader of files.
struct Target: Sendable {
  let name: String
  /// Valid inputs.
  let samples: @Sendable (Fixtures) throws -> [Sample]
  /// Reads a folder and uses what it read.
  let read: @Sendable (URL) throws -> Void

  static let all = [safetensors, json, tokenizer, prompts, conversations, templates, adapter, configuration]

  /// Whether an error is one that a reader may throw, with a text to tell.
  static func isOwn(_ error: any Error) -> Bool {
    switch error {
    case is SafetensorsError, is JSONError, is JSONMemberError, is TokenizationError, is PromptError,
      is CheckpointError,
      is AnalysisError:
      !"\(error)".isEmpty
    default: false
    }
  }

  static let safetensors = Target(name: "safetensors") { fixtures in
    try fixtures.samples("Tests/CheckpointsTests/Fixtures", ending: [".safetensors"], as: "model.safetensors")
  } read: { folder in
    for tensor in try SafetensorsFile(folder.appending(path: "model.safetensors")).tensors { _ = try tensor.floats() }
  }

  static let json = Target(name: "json") { fixtures in
    let names = ["config.json", "torture.json", "clip.json", "prompts.jsonl", "tensors.json"]
    return try fixtures.samples("fixtures", ending: names, as: "x.json")
  } read: { folder in
    let bytes = Array(try Data(contentsOf: folder.appending(path: "x.json")))
    // A whole text, or lines.
    for line in JSONLine.lines(of: bytes) { _ = try? line.reader(file: "x.json") }
    _ = try JSONValue.parse(bytes)
  }

  static let tokenizer = Target(name: "tokenizer") { fixtures in
    try fixtures.files("fixtures/tokenizers", ending: [".json"])
      .filter { !$0.path.hasSuffix(".golden.json") && $0.lastPathComponent != "torture.json" }
      .map { Sample(["tokenizer.json": Array(try Data(contentsOf: $0))]) }
  } read: { folder in
    let bytes = Array(try Data(contentsOf: folder.appending(path: "tokenizer.json")))
    let tokenizer = try Tokenizer(tokenizerJSON: bytes, file: "tokenizer.json")
    let text = "Hello <right>  wörld, don't!\r\n\n\t12345 e\u{301}t\u{E9} 日本語 🙂‍↔️ </s>\u{0}<|im_end|>"
    for text in [text, String(repeating: "a", count: 2000), String(repeating: " \n", count: 1000)] {
      let (ids, _) = tokenizer.encode(text, separator: "12345")
      _ = tokenizer.tokens(of: ids)
    }
  }

  static let prompts = Target(name: "prompts") { fixtures in
    let text = """
      {"id": "a", "text": "What is it? <sep> A cat.", "separator": 3}
      {"text": "<sep>", "regions": [{"name": "system", "start": 0, "end": 1}, {"name": "user", "start": 1, "end": 2}]}
      {"input_ids": [1, 2, 3, 4], "separator": 2, "mask": [0, 0.5, 1, 1e0]}
      """
    let files = try fixtures.samples("fixtures", ending: ["prompts.jsonl"], as: "prompts.jsonl")
    return files + Array(repeating: Sample(["prompts.jsonl": Array(text.utf8)]), count: files.count)
  } read: { folder in
    let rules: [SeparatorRule] = [.fromFile, .tokens([3, 4]), .text("<sep>", tokens: [5]), .none]
    let results = rules.map { rule in
      Result {
        let context = PromptFile.Context(vocabularySize: 1000, separator: rule) { text, separator in
          (text.utf8.map(Int.init), separator.flatMap { $0.isEmpty ? nil : 0 })
        }
        _ = try PromptFile.read(folder.appending(path: "prompts.jsonl"), context)
      }
    }
    for result in results { try result.get() }
  }

  static let conversations = Target(name: "conversations") { _ in
    let chat = #"{"id": "c", "messages": [{"role": "user", "content": "Hi"}, {"role": "persona", "content": "x"}]}"#
    let reviews = #""interventions": {"audit": {"I": " I look:\n", "R": "fine", "P": "PASS"}}"#
    let data = """
      {"batch_id": "b7", "data": [{"T": "Do it.", "A": "Fair.", "B": "Biased.", "inferences": {
        "org/one": {"A": {"S": "Done.", \(reviews)}, "B": {"S": "No.", \(reviews)}}}}]}
      """
    return [Sample(["chats.jsonl": Array(chat.utf8)]), Sample(["samples.json": Array(data.utf8)])]
  } read: { folder in
    let isChat = FileManager.default.fileExists(atPath: folder.appending(path: "chats.jsonl").path)
    let bytes = Array(try Data(contentsOf: folder.appending(path: isChat ? "chats.jsonl" : "samples.json")))
    let conversations =
      isChat
      ? try Conversation.chats(bytes, file: "chats.jsonl")
      : try SplitPersonalityFile(bytes, file: "samples.json").samples
    for conversation in conversations {
      for template in ChatTemplate.allCases {
        let sections = template.sections(conversation.turns, separator: "<sep>")
        _ = try PreparedPrompt(id: conversation.id, sections: sections) { Array($0.utf8).map(Int.init) }
      }
    }
  }

  /// Models' own chat templates, with what they are read from.
  static let templates = Target(name: "templates") { fixtures in
    let file = try fixtures.files("fixtures/chat-templates", ending: ["families.json"])[0]
    let families = try JSONReader(file: "families.json", bytes: Array(try Data(contentsOf: file)))
    let templates = try families.object("templates")
    return try templates.object.members.map { name, _ in
      let source = try templates.string(name)
      let configuration = ["chat_template": source, "bos_token": "<s>", "eos_token": "</s>"]
      return Sample(
        [
          "chat_template.jinja": Array(source.utf8),
          "tokenizer_config.json": Array(try JSONSerialization.data(withJSONObject: configuration)),
        ])
    }
  } read: { folder in
    guard let template = try ModelTemplate.read(from: folder) else { return }
    let turns = [
      ("system", "Be kind."), ("user", "Hi"), ("assistant", "<think>A greeting.</think>Hello!"), ("persona", "So."),
    ]
    _ = try template.sections(turns.map(Conversation.Turn.init), separator: "<sep>")
  }

  static let adapter = Target(name: "adapter") { fixtures in
    try fixtures.adapters().map { folder in
      let files = try fixtures.pair(adapter: folder)
      return Sample(files, broken: files.keys.filter { $0.hasPrefix("adapter/") }.sorted())
    }
  } read: { folder in
    try analyze(folder)
  }

  /// Every family, and those with weights as far as an analysis.
  static let configuration = Target(name: "configuration") { fixtures in
    let families = try fixtures.samples("fixtures", ending: ["base/config.json"], as: "base/config.json")
    let pairs = try fixtures.adapters().map { Sample(try fixtures.pair(adapter: $0), broken: ["base/config.json"]) }
    return families + pairs
  } read: { folder in
    let bytes = Array(try Data(contentsOf: folder.appending(path: "base/config.json")))
    _ = try Family.describe(config: JSONReader(file: "config.json", bytes: bytes))
    if FileManager.default.fileExists(atPath: folder.appending(path: "adapter").path) { try analyze(folder) }
  }

  private static func analyze(_ folder: URL) throws {
    _ = try Leibniz.analyze(
      base: folder.appending(path: "base"), adapted: folder.appending(path: "adapter"),
      prompts: folder.appending(path: "prompts.jsonl"), options: AnalysisOptions(threads: 1))
  }
}
