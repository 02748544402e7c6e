import Foundation
import Prompts
import Testing

/// The tokens and regions of a conversation, with a tokenizer that knows `<sep>` and spells the rest byte by byte.
struct PreparedPromptTests {
  private static let separator = 1000

  /// Bytes as ids, `<sep>` as 1000, and where asked for pairs of letters as one id.
  private static func encode(_ text: String, pairs: Bool = false) -> [Int] {
    var ids: [Int] = []
    for (index, part) in text.split(separator: "<sep>", omittingEmptySubsequences: false).enumerated() {
      if index > 0 { ids.append(separator) }
      var bytes = part.utf8.map { Int($0) }
      if pairs {
        bytes = stride(from: 0, to: bytes.count, by: 2).map { start in
          start + 1 < bytes.count ? bytes[start] * 256 + bytes[start + 1] : bytes[start]
        }
      }
      ids += bytes
    }
    return ids
  }

  private func section(_ region: String, _ text: String) -> ChatTemplate.Section {
    ChatTemplate.Section(region: region, text: text)
  }

  @Test func `Regions begin where the sections do, and the separator is the persona's first token`() throws {
    let prompt = try PreparedPrompt(
      id: "c0", sections: [section("user", "Hi"), section("assistant", "Yes"), section("persona", "<sep>ok")]
    ) { Self.encode($0) }
    #expect(prompt.id == "c0")
    #expect(prompt.tokens == [72, 105, 89, 101, 115, 1000, 111, 107])
    #expect(
      prompt.regions == [
        Region(name: "user", start: 0, end: 2), Region(name: "assistant", start: 2, end: 5),
        Region(name: "persona", start: 5, end: 8),
      ])
    #expect(prompt.separator == 5)
  }

  @Test func `Of several personas the last one's separator counts`() throws {
    let prompt = try PreparedPrompt(
      id: "", sections: [section("assistant", "a"), section("persona", "<sep>b"), section("persona", "<sep>c")]
    ) { Self.encode($0) }
    #expect(prompt.separator == 3 && prompt.tokens[3] == Self.separator)
  }

  @Test func `A token that runs over the end of a region belongs to the next, and is refused before a persona`() throws
  {
    let turns = [section("user", "abc"), section("assistant", "d")]
    let shared = try PreparedPrompt(id: "c6", sections: turns) { Self.encode($0, pairs: true) }
    #expect(shared.sharedTokens == 1)
    #expect(
      shared.regions == [Region(name: "user", start: 0, end: 1), Region(name: "assistant", start: 1, end: 2)])
    let sections = [section("user", "abc"), section("persona", "d")]
    let error = #expect(throws: PromptError.self) {
      try PreparedPrompt(id: "c7", sections: sections) { Self.encode($0, pairs: true) }
    }
    #expect(error == .tokenAcrossRegions(id: "c7", region: "user"))
    #expect(error?.description.hasPrefix("c7: a token runs over the end of region user. Use a separator") == true)
    let even = [section("user", "ab"), section("assistant", "cd")]
    let prompt = try PreparedPrompt(id: "c8", sections: even) { Self.encode($0, pairs: true) }
    #expect(prompt.regions?.map(\.end) == [1, 2] && prompt.sharedTokens == 0)
  }

  @Test func `A longer text of fewer tokens is refused, so that no region ends before it begins`() {
    let counts = ["ab": 2, "abc": 1, "abcd": 3]
    let sections = [section("user", "ab"), section("assistant", "c"), section("persona", "d")]
    let error = #expect(throws: PromptError.self) {
      try PreparedPrompt(id: "c", sections: sections) { Array(repeating: 7, count: counts[$0] ?? 0) }
    }
    #expect(error == .tokenAcrossRegions(id: "c", region: "assistant"))
  }

  @Test func `The separator alone makes before and after, and without one all is before`() throws {
    var spoken = try PreparedPrompt(
      id: "", sections: [section("assistant", "a"), section("persona", "<sep>b")]
    ) { Self.encode($0) }
    spoken.keepOnlySeparator()
    #expect(spoken.regions == nil && spoken.separator == 1)
    var silent = try PreparedPrompt(id: "", sections: [section("user", "abc")]) { Self.encode($0) }
    #expect(silent.separator == nil)
    silent.keepOnlySeparator()
    #expect(silent.regions == [Region(name: "before", start: 0, end: 3)])
  }

  @Test func `What is written is read again as the same prompt`() throws {
    let sections = [section("user", "a\n"), section("persona", "<sep>é")]
    let prompt = try PreparedPrompt(id: "c1", sections: sections) { Self.encode($0) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let line = try encoder.encode(prompt)
    #expect(
      String(decoding: line, as: UTF8.self) == """
        {"id":"c1","input_ids":[97,10,1000,195,169],"regions":[{"end":2,"name":"user","start":0},\
        {"end":5,"name":"persona","start":2}],"separator":2}
        """)
    let read = try withPromptFile(line) { url in
      try PromptFile.read(url, .init(vocabularySize: 1001, separator: .fromFile)).prompts
    }
    #expect(read == [Prompt(id: "c1", tokens: prompt.tokens, separator: 2, regions: try #require(prompt.regions))])
  }
}
