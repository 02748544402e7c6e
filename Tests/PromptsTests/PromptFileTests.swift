import Foundation
import Prompts
import Testing

/// Prompt files: what is read, and what is refused with its line.
struct PromptFileTests {
  private func read(
    _ text: String, _ rule: SeparatorRule = .fromFile, vocabulary: Int = 100,
    encode: (@Sendable (String) throws -> [Int])? = nil
  ) throws -> PromptFile {
    var context = PromptFile.Context(vocabularySize: vocabulary, separator: rule)
    if let encode { context.encode = { text, _ in (try encode(text), nil) } }
    return try withPromptFile(text.utf8) { try PromptFile.read($0, context) }
  }

  /// What is said about a file, without its random name.
  private func refusal(
    _ text: String, _ rule: SeparatorRule = .fromFile, encode: (@Sendable (String) throws -> [Int])? = nil
  ) -> String {
    do {
      _ = try read(text, rule, encode: encode)
      return "nothing"
    } catch { return "\(error)".drop { $0 != ":" }.dropFirst(2).description }
  }

  @Test func separators() throws {
    let file = try read(
      """
      {"id": "a", "input_ids": [1, 2, 3], "separator": 1, "note": {"mine": [1.5]}}

      {"input_ids": [4, 5], "separator": 0}\r
      {"id": 7, "input_ids": [6]  , "separator": 0}
      {"id": "a", "input_ids": [0, 99], "separator": 1}
      """)
    #expect(file.prompts.map(\.id) == ["a", "line 3", "7", "a"])
    #expect(file.prompts.map(\.tokens) == [[1, 2, 3], [4, 5], [6], [0, 99]])
    #expect(file.prompts.map(\.separator) == [1, 0, 0, 1])
    #expect(
      file.prompts[0].regions == [
        Region(name: "before", start: 0, end: 1), Region(name: "after", start: 1, end: 3),
      ])
    #expect(file.prompts[1].regions == [Region(name: "after", start: 0, end: 2)])
    #expect(file.regionNames == ["before", "after"])
  }

  @Test func separatorsThatAreSearchedFor() throws {
    let text = """
      {"input_ids": [7, 8, 1, 7, 8, 2]}
      {"input_ids": [7, 8, 1], "separator": 2}
      {"input_ids": [1, 7]}
      {"input_ids": [8]}
      """
    let file = try read(text, .tokens([7, 8]))
    // The last occurrence counts; the file's own word goes first.
    #expect(file.prompts.map(\.separator) == [3, 2, nil, nil])
    #expect(file.prompts[0].regions.map(\.start) == [0, 3])
    #expect(file.prompts[2].regions == [Region(name: "before", start: 0, end: 2)])
    let overlapping = try read("{\"input_ids\": [7, 7, 7]}", .tokens([7, 7]))
    #expect(overlapping.prompts[0].separator == 1)
  }

  @Test func withoutSeparators() throws {
    let file = try read("{\"input_ids\": [1, 2]}\n{\"input_ids\": [1, 2, 3], \"separator\": 2}", .none)
    #expect(file.prompts[0].regions == [Region(name: "all", start: 0, end: 2)])
    #expect(file.prompts[1].regions.map(\.name) == ["before", "after"])
    #expect(file.regionNames == ["all", "before", "after"])
  }

  @Test func namedRegions() throws {
    let file = try read(
      """
      {"input_ids": [1, 2, 3, 4], "regions": [{"name": "task", "start": 2, "end": 4}, {"name": "system", "start": 0, "end": 1}], "mask": [0, 0.25, 1, 1]}
      {"input_ids": [1, 2], "regions": [{"name": "x", "start": 0, "end": 0}, {"name": "task", "start": 0, "end": 2}], "separator": 1}
      """, .tokens([3]))
    #expect(file.regionNames == ["task", "system"])
    #expect(file.prompts[0].mask == [0, 0.25, 1, 1] && file.prompts[1].mask == nil)
    #expect(file.prompts[0].separator == nil && file.prompts[1].separator == 1)
    #expect(file.prompts[1].regions == [Region(name: "task", start: 0, end: 2)])
  }

  @Test func `A byte order mark before the first line is skipped`() throws {
    let text = "{\"input_ids\": [1], \"separator\": 0}"
    #expect(try read("\u{FEFF}" + text) == read(text))
  }

  @Test func textIsEncoded() throws {
    let file = try read("{\"text\": \"abc\", \"separator\": 1}") { $0.utf8.map { Int($0) } }
    #expect(file.prompts[0].tokens == [97, 98, 99])
    struct Broken: Error, CustomStringConvertible { var description: String { "no such token" } }
    let message = refusal("{\"text\": \"abc\"}") { _ in throw Broken() }
    #expect(message == "line 1: text: no such token.")
    #expect(refusal("{\"text\": \"abc\"}") == "line 1: text needs a tokenizer; give the prompt as \"input_ids\".")
    // What the tokenizer says is held to the vocabulary too.
    #expect(
      refusal("{\"text\": \"x\"}") { _ in [100] }.contains("token 100 lies outside the model's vocabulary of 100"))
  }

  @Test(arguments: [
    ("{\"input_ids\": [1], \"separator\": 0}\n{", "line 2: not valid JSON: column 2: a name in quotes"),
    ("[1, 2]", "line 1: an object is expected, an array was found"),
    (
      "\n\n{\"input_ids\": [1], \"input_ids\": [2]}",
      "line 3: not valid JSON: column 20: a name stands twice: input_ids"
    ),
    ("{}", "line 1: neither \"input_ids\" nor \"text\" is there."),
    (
      "{\"messages\": []}",
      "line 1: neither \"input_ids\" nor \"text\" is there; make prompts of chats with leibniz prompts"
    ),
    (
      "{\"input_ids\": [1], \"regions\": [{\"name\": \"\", \"start\": 0, \"end\": 1}]}",
      "line 1: regions[0].name is empty"
    ),
    (
      "{\"input_ids\": [1], \"regions\": [{\"name\": \"*\", \"start\": 0, \"end\": 1}]}",
      "line 1: a region is called *, which stands for every region"
    ),
    ("{\"input_ids\": [1], \"text\": \"x\"}", "line 1: both \"input_ids\" and \"text\" are there"),
    ("{\"input_ids\": []}", "line 1: the prompt has no tokens"),
    ("{\"input_ids\": [1.0]}", "line 1: input_ids: an array of integers is expected"),
    ("{\"input_ids\": [true]}", "line 1: input_ids: an array of integers is expected"),
    ("{\"input_ids\": 3}", "line 1: input_ids: an array is expected, an integer was found"),
    ("{\"input_ids\": [5, 100]}", "line 1: token 100 lies outside the model's vocabulary of 100"),
    ("{\"input_ids\": [-1]}", "line 1: token -1 lies outside"),
    ("{\"input_ids\": [1, 2]}", "line 1: neither \"separator\" nor \"regions\" is there"),
    ("{\"input_ids\": [1, 2], \"separator\": 2}", "line 1: separator 2 lies outside the prompt of 2 tokens"),
    ("{\"input_ids\": [1, 2], \"separator\": -1}", "line 1: separator -1 lies outside"),
    ("{\"input_ids\": [1, 2], \"separator\": 0.5}", "line 1: separator: an integer is expected"),
    ("{\"input_ids\": [1, 2], \"separator\": 1, \"id\": [1]}", "line 1: id: a string is expected"),
    ("{\"input_ids\": [1, 2], \"separator\": 1, \"mask\": [1]}", "line 1: the mask has 1 weights for 2 tokens"),
    ("{\"input_ids\": [1], \"separator\": 0, \"mask\": [1.5]}", "line 1: the mask has a weight outside 0 to 1"),
    ("{\"input_ids\": [1], \"separator\": 0, \"mask\": [-0.1]}", "line 1: the mask has a weight outside 0 to 1"),
    ("{\"input_ids\": [1], \"separator\": 0, \"mask\": [true]}", "line 1: mask: an array of numbers is expected"),
    ("{\"input_ids\": [1], \"regions\": []}", "line 1: \"regions\" is empty"),
    ("{\"input_ids\": [1], \"regions\": {}}", "line 1: regions: an array is expected"),
    ("{\"input_ids\": [1], \"regions\": [1]}", "line 1: regions[0]: an object is expected"),
    ("{\"input_ids\": [1], \"regions\": [{\"start\": 0, \"end\": 1}]}", "line 1: regions[0].name: missing"),
    (
      "{\"input_ids\": [1], \"regions\": [{\"name\": \"a\", \"start\": 0, \"end\": 2}]}",
      "line 1: region a from 0 to 2 lies outside the 1 tokens"
    ),
    (
      "{\"input_ids\": [1], \"regions\": [{\"name\": \"a\", \"start\": 1, \"end\": 0}]}",
      "line 1: region a from 1 to 0 lies outside"
    ),
    (
      """
      {"input_ids": [1, 2, 3], "regions": [{"name": "b", "start": 1, "end": 3}, {"name": "a", "start": 0, "end": 2}]}
      """, "line 1: regions a and b overlap"
    ),
    ("", "there is no prompt in it."), ("\n \r\n\t\n", "there is no prompt in it."),
    (
      "{\"input_ids\": [1], \"separator\": 0}\n\u{FEFF}{\"input_ids\": [1]}",
      "line 2: not valid JSON: column 1: a byte order mark"
    ),
    ("\u{FEFF}\u{FEFF}{\"input_ids\": [1]}", "line 1: not valid JSON: column 1: a byte order mark"),
    (
      """
      {"input_ids": [1], "regions": [{"name": "caf\u{E9}", "start": 0, "end": 1}]}
      {"input_ids": [1], "regions": [{"name": "cafe\u{301}", "start": 0, "end": 1}]}
      """, "line 2: region cafe\u{301} is written with other Unicode scalars"
    ),
  ])
  func refusals(text: String, expected: String) {
    let message = refusal(text)
    #expect(message.hasPrefix(expected), "\(message)")
  }

  @Test func `A separator in text is looked for in the text, in ids among the ids`() throws {
    let lines = [#"{"text": "ab"}"#, #"{"input_ids": [5, 7, 7]}"#, #"{"text": "c"}"#]
    let context = PromptFile.Context(
      vocabularySize: 9, separator: .text("b", tokens: [7]),
      encode: { text, separator in ([7, 1, 2, 7], text == "ab" && separator == "b" ? 2 : nil) })
    let file = try withPromptFile(lines.joined(separator: "\n").utf8) { try PromptFile.read($0, context) }
    #expect(file.prompts.map(\.separator) == [2, 2, nil])
    #expect(file.prompts[2].regions.map(\.name) == ["before"])
  }

  @Test func files() {
    let missing = FileManager.default.temporaryDirectory.appendingPathComponent("no-such-prompts.jsonl")
    let error = #expect(throws: PromptError.self) {
      try PromptFile.read(missing, .init(vocabularySize: 3, separator: .none))
    }
    #expect(error?.description.hasPrefix("\(missing.relativePath): cannot be read. Check the path") == true)
  }

  @Test func invalidUTF8() throws {
    let error = #expect(throws: PromptError.self) {
      try withPromptFile([0x7B, 0x22, 0xFF, 0x22, 0x7D]) { url in
        try PromptFile.read(url, .init(vocabularySize: 3, separator: .none))
      }
    }
    #expect(
      error?.description.contains("line 1: not valid JSON: column 2: a string is not valid UTF-8") == true)
  }

  @Test func fingerprintCoversWhatIsUsed() throws {
    let original = "{\"id\": \"a\", \"input_ids\": [1, 2, 3], \"separator\": 1, \"mask\": [0, 1, 1]}"
    let fingerprint = try read(original).fingerprint
    #expect(fingerprint.count == 64)
    // Spelling and the user's own keys do not matter.
    #expect(
      try read("\n { \"x\": 1,\"mask\":[0,1.0,1e0],\"separator\":1, \"input_ids\":[1,2,3],\"id\":\"a\"}\n").fingerprint
        == fingerprint)
    for (part, other) in [
      ("\"a\"", "\"b\""), ("[1, 2, 3]", "[1, 2, 4]"), ("\"separator\": 1", "\"separator\": 2"),
      ("[0, 1, 1]", "[0, 1, 0.5]"),
      (", \"mask\": [0, 1, 1]", ""),
      ("\"separator\": 1", "\"regions\": [{\"name\": \"after\", \"start\": 1, \"end\": 3}]"),
    ] {
      let changed = original.replacingOccurrences(of: part, with: other)
      #expect(changed != original)
      #expect(try read(changed).fingerprint != fingerprint, "\(changed)")
    }
    #expect(try read(original + "\n" + original).fingerprint != fingerprint)
  }

  @Test func promptsMadeElsewhere() throws {
    let read = try read("{\"id\": \"a\", \"input_ids\": [1, 2, 3], \"separator\": 1}")
    let made = PromptFile(prompts: read.prompts)
    #expect(made.prompts == read.prompts && made.regionNames == read.regionNames)
    #expect(made.fingerprint == read.fingerprint)
    #expect(read.linesWithOwn == 1 && made.linesWithOwn == 0)
    let twins = ["caf\u{E9}", "cafe\u{301}"].map {
      Prompt(id: $0, tokens: [1], separator: nil, regions: [Region(name: $0, start: 0, end: 1)])
    }
    let error = #expect(throws: PromptError.self) { try PromptFile(checking: twins, vocabularySize: 2) }
    #expect(error?.description.contains("other Unicode scalars") == true)
  }
}
