import Foundation
import Prompts
import Testing

/// Where the regions of a prompt come from.
@Suite struct RegionsTests {
  private func read(_ text: String, separator: SeparatorRule = .fromFile) throws -> PromptFile {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("regions-\(UUID()).jsonl")
    try text.write(to: url, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: url) }
    return try PromptFile.read(url, PromptFile.Context(vocabularySize: 100, separator: separator))
  }

  @Test func theSeparatorIsTheFirstTokenAfter() throws {
    let file = try read(#"{"id": "a", "input_ids": [5, 6, 7, 8], "separator": 2}"#)
    #expect(file.regionNames == ["before", "after"])
    #expect(
      file.prompts[0].regions == [
        Region(name: "before", start: 0, end: 2), Region(name: "after", start: 2, end: 4),
      ])
  }

  @Test func theLastOccurrenceOfASequenceCounts() throws {
    let line = #"{"input_ids": [7, 1, 2, 7, 1, 2, 7]}"#
    #expect(try read(line, separator: .tokens([7, 1])).prompts[0].separator == 3)
    #expect(try read(line, separator: .tokens([9])).prompts[0].regions == [Region(name: "before", start: 0, end: 7)])
  }

  @Test func withoutSeparatorThereIsOneRegionOrAnError() throws {
    #expect(try read(#"{"input_ids": [1]}"#, separator: .none).regionNames == ["all"])
    #expect(throws: PromptError.self) { try read(#"{"input_ids": [1]}"#) }
  }

  @Test func theFingerprintFollowsWhatIsUsed() throws {
    let first = try read(#"{"id": "a", "input_ids": [1, 2], "separator": 1, "note": "x"}"#)
    let second = try read(#"{"separator": 1, "input_ids": [1, 2], "id": "a"}"#)
    let third = try read(#"{"id": "a", "input_ids": [1, 3], "separator": 1}"#)
    #expect(first.fingerprint == second.fingerprint)
    #expect(first.fingerprint != third.fingerprint)
  }

  @Test(arguments: [
    (#"{"input_ids": [1, 200], "separator": 0}"#, "token 200 lies outside"),
    (#"{"input_ids": [], "separator": 0}"#, "no tokens"),
    (#"{"input_ids": [1, 2], "separator": 2}"#, "lies outside the prompt"),
    (#"{"input_ids": [1, 2], "separator": 1, "mask": [1]}"#, "1 weights for 2 tokens"),
    (#"{"input_ids": [1, 2], "separator": 1, "mask": [0, 2]}"#, "outside 0 to 1"),
    (#"{"input_ids": [1], "input_ids": [2], "separator": 0}"#, "a name stands twice"),
    (#"{"input_ids": [1, 2], "regions": [{"name": "a", "start": 0, "end": 2}, {"name": "b", "start": 1, "end": 2}]}"#, "overlap"),
    (#"{"text": "a", "separator": 0}"#, "tokenizer"),
  ])
  func wrongLinesAreNamed(line: String, message: String) throws {
    let error = #expect(throws: PromptError.self) { try read("\n" + line) }
    #expect(error?.description.contains("line 2:") == true)
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
