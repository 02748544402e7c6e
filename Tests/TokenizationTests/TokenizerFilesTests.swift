import Foundation
import Testing

@testable import Tokenization

/// Tokens that the files beside a tokenizer.json add. The ids are those that AutoTokenizer of transformers 5.24 gives.
struct TokenizerFilesTests {
  /// A byte-level tokenizer of 256 characters, with `he` as 256 and `<sep>` as 257.
  private static let plain: String = {
    let alphabet = ByteAlphabet.characters.enumerated().map { index, scalar in
      let text = String(data: (try? JSONEncoder().encode(String(scalar))) ?? Data(), encoding: .utf8) ?? ""
      return "\(text): \(index)"
    }
    return """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 257, "content": "<sep>", \
      "single_word": false, "lstrip": false, "rstrip": false, "normalized": false, "special": true}], "normalizer": null, \
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true}, \
      "post_processor": null, \
      "model": {"type": "BPE", "vocab": {\(alphabet.joined(separator: ", ")), "he": 256, "<sep>": 257}, "merges": ["h e"]}}
      """
  }()

  private func tokenizer(
    configuration: String? = nil, map: String? = nil, added: String? = nil, json: String = plain
  ) throws -> Tokenizer {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = [
      "tokenizer.json": json, "tokenizer_config.json": configuration, "special_tokens_map.json": map,
      "added_tokens.json": added,
    ]
    for (name, text) in files { try text.map { try Data($0.utf8).write(to: folder.appending(path: name)) } }
    return try Tokenizer(try #require(try TokenizerFiles(folder: folder)))
  }

  private func refusal(_ configuration: String? = nil, map: String? = nil, added: String? = nil) -> String {
    do {
      _ = try tokenizer(configuration: configuration, map: map, added: added)
      return "nothing"
    } catch { return "\(error)" }
  }

  /// How many tokens stand where `<p>` does in “a<p>b”, one if it is a token.
  private func width(_ tokenizer: Tokenizer, _ token: String = "<p>") -> Int {
    tokenizer.encode("a\(token)b").count - 2
  }

  private static let persona =
    #"{"content": "<p>", "lstrip": false, "normalized": false, "rstrip": false, "single_word": false, "special": true}"#

  @Test func `Each file adds its tokens`() throws {
    #expect(width(try tokenizer()) == 3)
    let decoder = try tokenizer(configuration: #"{"added_tokens_decoder": {"258": \#(Self.persona)}}"#)
    let map = try tokenizer(map: #"{"eos_token": "<p>"}"#)
    let list = try tokenizer(map: #"{"additional_special_tokens": ["<p>"]}"#)
    let added = try tokenizer(added: #"{"<p>": 258}"#)
    let named = try tokenizer(configuration: #"{"eos_token": "<p>", "add_bos_token": true, "my_token": "<q>"}"#)
    for one in [decoder, map, list, added, named] {
      #expect(one.encode("a<p>b").dropFirst().first == 258 && width(one) == 1)
      #expect(one.addedBeside.first == .init(token: "<p>", id: 258, isNew: true) && one.warnings.isEmpty)
    }
    #expect(named.id(of: "<q>") == 259)
    #expect(try decoder.additionsInWords == "<p> (258)" && tokenizer().additionsInWords == nil)
  }

  @Test func `Flags count, and special tokens are not normalized`() throws {
    let strips = try tokenizer(map: #"{"eos_token": {"content": "<p>", "lstrip": true, "rstrip": true}}"#)
    #expect(strips.encode("a  <p>  b").count == 3)
    let word = try tokenizer(
      configuration: #"{"added_tokens_decoder": {"258": {"content": "<p>", "single_word": true}}}"#)
    #expect(word.encode("a<p>b").count == 5 && word.encode(" <p> ").contains(258))
    let changed = try tokenizer(
      configuration: #"{"added_tokens_decoder": {"257": {"content": "<sep>", "lstrip": true, "special": true}}}"#)
    #expect(changed.encode("a  <sep>").count == 2)
    #expect(changed.addedBeside == [.init(token: "<sep>", id: 257, isNew: false)])
    #expect(changed.additionsInWords == "<sep> (257, with other flags)")
  }

  @Test func `Ids follow the order of the files and not what they say`() throws {
    let bad = try tokenizer(added: #"{"<q>": 999, "<p>": 300, "he": 7}"#)
    #expect(bad.id(of: "<p>") == 258 && bad.id(of: "<q>") == 259 && bad.id(of: "he") == 256)
    #expect(bad.warnings.count == 3 && bad.warnings[1].contains("<p> gets the id 258"), "\(bad.warnings)")
    // With a decoder the other files are not asked; a token that tokenizer.json has at the same id wins over added_tokens.json.
    let alone = try tokenizer(
      configuration: #"{"added_tokens_decoder": {}}"#, map: #"{"eos_token": "<p>"}"#, added: #"{"<q>": 258}"#)
    #expect(width(alone) == 3 && width(alone, "<q>") == 3)
    let taken = try tokenizer(added: #"{"<p>": 257}"#)
    #expect(width(taken) == 3)
  }

  @Test func `Special tokens can be ordinary text`() throws {
    let split = try tokenizer(
      configuration: """
        {"split_special_tokens": true, "added_tokens_decoder": {"258": \(Self.persona), "259": {"content": "<q>"}}}
        """)
    #expect(split.splitsSpecialTokens && width(split) == 3 && width(split, "<sep>") == 5 && width(split, "<q>") == 1)
  }

  @Test func `Settings that cut or fill are ignored and said to be`() throws {
    let truncation = #""truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0}"#
    let padding =
      #""padding": {"strategy": {"Fixed": 20}, "direction": "Left", "pad_to_multiple_of": null, "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"}"#
    let json = Self.plain.replacing(#""truncation": null"#, with: truncation).replacing(
      #""padding": null"#, with: padding)
    let cut = try tokenizer(json: json)
    // The token that would fill up is a special one, as in transformers.
    #expect(cut.addedBeside == [.init(token: "[PAD]", id: 258, isNew: true)])
    #expect(try cut.encode("abcdef") == tokenizer().encode("abcdef"))
    #expect(
      cut.warnings == [
        "the file's truncation is ignored, as transformers does on a plain call",
        "the file's padding is ignored, as transformers does on a plain call",
      ])
  }

  @Test func `A class with a pipeline of its own is told`() throws {
    let json = Self.plain.replacing(#""normalizer": null"#, with: #""normalizer": {"type": "NFC"}"#)
    for (name, isTold) in [("LlamaTokenizer", true), ("LlamaTokenizerFast", true), ("TokenizersBackend", false)] {
      let warnings = try tokenizer(configuration: "{\"tokenizer_class\": \"\(name)\"}", json: json).warnings
      #expect(warnings.contains { $0.contains("pipeline of its own") } == isTold)
    }
  }

  @Test(arguments: [
    (
      #"{"added_tokens_decoder": {"258": "<p>"}}"#,
      "tokenizer_config.json: added_tokens_decoder.258: an object is expected"
    ),
    (#"{"added_tokens_decoder": {"x": {"content": "<p>"}}}"#, "added_tokens_decoder.x: its name is no token id"),
    (#"{"added_tokens_decoder": {"258": {"content": 3}}}"#, "added_tokens_decoder.258.content: a string is expected"),
    (
      #"{"eos_token": {"content": "<p>"}}"#,
      "eos_token: a text, or an object with \"__type\": \"AddedToken\", is expected"
    ),
    (#"{"eos_token": 3}"#, "eos_token: a text, or an object"),
    (#"{"additional_special_tokens": [3]}"#, "additional_special_tokens[0]: a text, or an object"),
    (#"{"fast_tokenizer_files": ["tokenizer.4.json"]}"#, "fast_tokenizer_files: other files than tokenizer.json"),
    (#"{"split_special_tokens": 1}"#, "split_special_tokens: true or false is expected"),
    ("[", "tokenizer_config.json: not valid JSON"),
  ]) func `What cannot be read is named`(configuration: String, message: String) {
    let found = refusal(configuration)
    #expect(found.contains(message), "\(found)")
  }

  @Test func `The other files are named too`() {
    #expect(refusal(added: #"{"<p>": "258"}"#).contains("added_tokens.json: <p>: an integer is expected"))
    #expect(refusal(map: #"{"eos_token": []}"#).contains("special_tokens_map.json: eos_token: a text"))
  }

  @Test func `Folders are compared by their bytes, and need a tokenizer`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try Data(#"{"<p>": 258}"#.utf8).write(to: folder.appending(path: "added_tokens.json"))
    #expect(try TokenizerFiles(folder: folder) == nil)
    #expect(try TokenizerFiles.filesWithoutTokenizer(in: folder) == ["added_tokens.json"])
    try Data(Self.plain.utf8).write(to: folder.appending(path: "tokenizer.json"))
    let with = try #require(try TokenizerFiles(folder: folder))
    try FileManager.default.removeItem(at: folder.appending(path: "added_tokens.json"))
    let without = try #require(try TokenizerFiles(folder: folder))
    #expect(with.hasSameContents(as: with) && !with.hasSameContents(as: without))
  }
}
