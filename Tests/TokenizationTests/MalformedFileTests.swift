import Testing

@testable import Tokenization

/// Files that are wrong or ask for what is not supported: an error that names the member, never a trap.
@Suite struct MalformedFileTests {
  private static let model =
    #""model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ["a b"]}"#

  private func message(_ file: String) -> String {
    do {
      _ = try Tokenizer(tokenizerJSON: Array(file.utf8), file: "tokenizer.json")
      return ""
    } catch { return error.description }
  }

  @Test func theSmallestFileWorks() throws {
    let tokenizer = try Tokenizer(tokenizerJSON: Array("{\(Self.model)}".utf8), file: "tokenizer.json")
    #expect(tokenizer.encode("aabbc") == [0, 2, 1])
  }

  @Test(arguments: [
    ("", "not valid JSON"),
    ("[]", "an object is expected"),
    ("{}", "model: missing"),
    (#"{"model": {"type": "Unigram"}}"#, "model.type: Unigram is not supported; BPE is"),
    (#"{"model": {"type": "WordPiece"}}"#, "WordPiece is not supported"),
    (#"{"model": {"vocab": {}}}"#, "model.merges: missing"),
    (#"{"model": {"vocab": {"a": -1}, "merges": []}}"#, "model.vocab.a: an id"),
    (#"{"model": {"vocab": {"a": 1, "b": 1}, "merges": []}}"#, "the id 1 is given to a too"),
    (#"{"model": {"vocab": {"a": 1}, "merges": ["a b"]}}"#, "model.merges[0]: one of its tokens"),
    (#"{"model": {"vocab": {"a": 1}, "merges": ["aa"]}}"#, "two tokens with one space"),
    (#"{"model": {"vocab": {"a": 1}, "merges": [["a"]]}}"#, "two strings"),
    (
      #"{"model": {"vocab": {"a": 1}, "merges": [], "dropout": 0.1}}"#,
      "model.dropout: 0.1 makes tokens random"
    ),
    (
      #"{"model": {"vocab": {"a": 1}, "merges": [], "unk_token": "<unk>"}}"#, "<unk> is not in the vocabulary"
    ),
    (#"{"version": "2.0", \#(model)}"#, "version: 2.0 is unknown"),
    (#"{"normalizer": {"type": "Precompiled"}, \#(model)}"#, "normalizer.type: Precompiled is not supported"),
    (
      #"{"pre_tokenizer": {"type": "Sequence", "pretokenizers": [\#(Array(repeating: #"{"type": "Metaspace", "replacement": "_"}"#, count: 34).joined(separator: ","))]}, \#(model)}"#,
      "more than 32 times as long"
    ),
    (
      #"{"normalizer": {"type": "Prepend", "prepend": "\#(String(repeating: "x", count: 600))"}, \#(model)}"#,
      "more than 32 times as long"
    ),
    (
      #"{"post_processor": {"type": "TemplateProcessing", "single": [{"Sequence": {"id": "A"}}, {"Sequence": {"id": "A"}}]}, \#(model)}"#,
      "post_processor.single: the sequence A has to stand there once, it does 2 times"
    ),
    (
      #"{"normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Bert"}]}, \#(model)}"#,
      "normalizer.normalizers[1].type: Bert is not supported"
    ),
    (
      #"{"normalizer": {"type": "Sequence", "normalizers": [\#(Array(repeating: #"{"type": "ByteLevel"}"#, count: 30).joined(separator: ","))]}, \#(model)}"#,
      "tokenizer.json: its normalizer and pre_tokenizer could make texts more than 32 times as long"
    ),
    (
      #"{"pre_tokenizer": {"type": "Split", "pattern": {"String": "\#(String(repeating: "a", count: 3000))"}, "behavior": "Isolated", "invert": false}, \#(model)}"#,
      "pre_tokenizer.pattern.String: a text to look for is not supported: it is too long"
    ),
    (#"{"pre_tokenizer": {"type": "UnicodeScripts"}, \#(model)}"#, "UnicodeScripts is not supported"),
    (
      #"{"pre_tokenizer": {"type": "Split", "pattern": {"Regex": "(?<=a)b"}, "behavior": "Isolated", "invert": false}, \#(model)}"#,
      "pre_tokenizer.pattern.Regex: the expression (?<=a)b is not supported"
    ),
    (
      #"{"pre_tokenizer": {"type": "Metaspace", "replacement": "__"}, \#(model)}"#,
      "pre_tokenizer.replacement: one character is expected"
    ),
    (#"{"post_processor": {"type": "Other"}, \#(model)}"#, "post_processor.type: Other is not supported"),
    (
      #"{"post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>"}}]}, \#(model)}"#,
      "<s> has no ids"
    ),
    (#"{"added_tokens": [{"id": 1, "content": "x"}], \#(model)}"#, "added_tokens[0].special: missing"),
  ])
  func anErrorNamesTheMember(file: String, expected: String) {
    #expect(message(file).hasPrefix("tokenizer.json: "))
    #expect(message(file).contains(expected), "\(message(file))")
  }

  /// Every file cut short anywhere, and with any byte changed, gives an error or a tokenizer.
  @Test(arguments: ["flags", "clip"])
  func aDamagedFileDoesNotTrap(kind: String) throws {
    let bytes = try Fixtures.bytes("\(kind).json")
    var generator = SeededGenerator(state: 7)
    for _ in 0..<150 {
      var damaged = bytes
      let position = Int.random(in: 0..<bytes.count, using: &generator)
      damaged[position] = UInt8.random(in: 0x20...0x7E, using: &generator)
      _ = (try? Tokenizer(tokenizerJSON: damaged, file: "x"))?.encode("Hello <right>  wörld 1")
      #expect(throws: TokenizationError.self) {
        try Tokenizer(tokenizerJSON: Array(bytes[..<position]), file: "x")
      }
    }
  }
}

/// Knuth's linear congruential generator.
private struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state ^ state >> 29
  }
}
