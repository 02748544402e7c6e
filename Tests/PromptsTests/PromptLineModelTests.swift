import Foundation
import Prompts
import Testing

/// Members beside `input_ids` that change what a model computes: honoured, or refused with the line.
struct PromptLineModelTests {
  private static let plain =
    #"{"id": "p", "input_ids": [11, 12, 13, 14, 15], "separator": 2, "mask": [0, 0, 0.5, 1, 1]}"#
  private static let regions =
    #"{"id": "p", "input_ids": [11, 12, 13], "regions": [{"name": "a", "start": 0, "end": 2}, {"name": "b", "start": 2, "end": 3}]}"#

  private func read(
    _ text: String, _ rule: SeparatorRule = .fromFile, types: TokenTypes = .unused,
    encode: (@Sendable (String, String?) throws -> PromptFile.EncodedText)? = nil
  ) throws -> PromptFile {
    var context = PromptFile.Context(vocabularySize: 100, separator: rule, tokenTypes: types)
    context.encode = encode
    return try withPromptFile(text.utf8) { try PromptFile.read($0, context) }
  }

  private func refusal(_ text: String, types: TokenTypes = .unused) -> String {
    do {
      _ = try read(text, types: types)
      return "nothing"
    } catch { return "\(error)".drop { $0 != ":" }.dropFirst(2).description }
  }

  @Test(arguments: [
    (
      "left",
      #"{"id": "p", "input_ids": [0, 0, 11, 12, 13, 14, 15], "attention_mask": [0, 0, 1, 1, 1, 1, 1], "separator": 4, "mask": [1, 1, 0, 0, 0.5, 1, 1]}"#
    ),
    (
      "right, beyond the vocabulary",
      #"{"id": "p", "input_ids": [11, 12, 13, 14, 15, 100, -1], "attention_mask": [1, 1, 1, 1, 1, 0, 0], "separator": 2, "mask": [0, 0, 0.5, 1, 1, 0, 0]}"#
    ),
    (
      "holes",
      #"{"id": "p", "input_ids": [11, 0, 12, 0, 13, 14, 15], "attention_mask": [1, 0, 1, 0, 1, 1, 1], "separator": 4, "mask": [0, 0, 0, 0, 0.5, 1, 1]}"#
    ),
    (
      "positions as generate counts them",
      #"{"id": "p", "input_ids": [0, 0, 11, 12, 13, 14, 15], "attention_mask": [0, 0, 1, 1, 1, 1, 1], "position_ids": [1, 1, 0, 1, 2, 3, 4], "separator": 4, "mask": [1, 1, 0, 0, 0.5, 1, 1]}"#
    ),
    (
      "what says nothing",
      #"{"id": "p", "input_ids": [11, 12, 13, 14, 15], "attention_mask": [1, 1, 1, 1, 1], "position_ids": [0, 1, 2, 3, 4], "token_type_ids": [0, 0, 0, 0, 1], "special_tokens_mask": [1, 0, 0, 0, 0], "length": 5, "seq_idx": [0, 0, 0, 0, 0], "cu_seq_lens_q": [0, 5], "seq_lengths": [5], "inputs_embeds": null, "separator": 2, "mask": [0, 0, 0.5, 1, 1]}"#
    ),
  ]) func `A padded prompt is the plain one`(name: String, line: String) throws {
    let (padded, plain) = (try read(line), try read(Self.plain))
    #expect(padded == plain && plain.prompts[0].tokens == [11, 12, 13, 14, 15])
  }

  @Test func `Regions keep their tokens`() throws {
    let padded = try read(
      #"{"id": "p", "input_ids": [0, 11, 0, 12, 0, 13, 0], "attention_mask": [0, 1, 0, 1, 0, 1, 0], "regions": [{"name": "x", "start": 0, "end": 1}, {"name": "a", "start": 1, "end": 5}, {"name": "b", "start": 5, "end": 7}]}"#
    )
    #expect(try padded == read(Self.regions))
  }

  @Test func `A separator is searched for among the tokens that are kept`() throws {
    let line = #"{"input_ids": [7, 11, 7, 12, 7, 7], "attention_mask": [1, 1, 1, 1, 0, 0]}"#
    #expect(try read(line, .tokens([7])).prompts[0].separator == 2)
    let text = #"{"text": "ab", "attention_mask": [0, 1, 1]}"#
    let file = try read(text, .text("b", tokens: [9])) { _, _ in ([4, 5, 6], 2) }
    #expect(file.prompts[0].tokens == [5, 6] && file.prompts[0].separator == 1)
  }

  @Test func `Positions that do not count the tokens are kept`() throws {
    let offset = try read(#"{"id": "p", "input_ids": [1, 2, 3], "position_ids": [4, 5, 6], "separator": 1}"#)
    #expect(offset.prompts[0].positionIDs == [4, 5, 6])
    let gap = try read(
      #"{"id": "p", "input_ids": [1, 0, 2, 3], "attention_mask": [1, 0, 1, 1], "position_ids": [0, 1, 2, 9], "separator": 2}"#
    )
    #expect(gap.prompts[0].positionIDs == [0, 2, 9] && gap.prompts[0].separator == 1)
    let plain = try read(#"{"id": "p", "input_ids": [1, 2, 3], "separator": 1}"#)
    #expect(Set([offset, gap, plain].map(\.fingerprint)).count == 3)
    let value = Prompt(id: "v", tokens: [1, 2], separator: 1, positionIDs: [1, 0])
    #expect(throws: PromptError.value(id: "v", message: "position ids have to rise, from 0 to 2147483646")) {
      try PromptFile(checking: [value], vocabularySize: 9)
    }
  }

  @Test(arguments: [
    (#""attention_mask": [1, 1]"#, "attention_mask has 2 entries for 3 tokens"),
    (#""attention_mask": [0, 0, 0]"#, "attention_mask takes every token out"),
    (
      #""attention_mask": [1, 1, 2]"#,
      "attention_mask holds 2, where 0 and 1 are expected; if it numbers prompts, write each"
    ),
    (#""attention_mask": [1.0, 1, 1]"#, "attention_mask: an array of integers is expected"),
    (#""attention_mask": [true, true, true]"#, "attention_mask: an array of integers is expected"),
    (#""attention_mask": "111""#, "attention_mask: an array is expected"),
    (
      #""attention_mask": [[1, 1, 1]]"#, "attention_mask is a list of lists; write each of the packed prompts as a line"
    ),
    (#""attention_mask": [1, 0, 1]"#, "separator 1 is a token that attention_mask takes out"),
    (
      #""position_ids": [0, 1, 0]"#,
      "position_ids go from 1 to 0 at token 2, as where another prompt begins; write each"
    ),
    (#""position_ids": [0, 1, 1]"#, "position_ids go from 1 to 1 at token 2"),
    (
      #""position_ids": [0, 1, 5]"#,
      "position_ids go from 1 to 5 at token 2, which transformers takes for the beginning"
    ),
    (#""position_ids": [-1, 0, 1]"#, "position_ids holds -1, which lies outside 0 to"),
    (#""position_ids": [9223372036854775806, 9223372036854775807, 0]"#, "position_ids holds 9223372036854775806"),
    (#""position_ids": [0, 1]"#, "position_ids has 2 entries for 3 tokens"),
    (
      #""position_ids": [[0, 1, 2], [0, 1, 2], [0, 1, 2]]"#,
      "position_ids is a list of lists; write one position a token"
    ),
    (#""seq_idx": [0, 0, 1]"#, "seq_idx numbers several prompts"),
    (#""cu_seq_lens_q": [0, 2, 3]"#, "cu_seq_lens_q is not [0, 3], as of one prompt"),
    (#""seq_lengths": [2, 1]"#, "seq_lengths holds the lengths of 2 prompts"),
    (#""mm_token_type_ids": [0, 1, 0]"#, "mm_token_type_ids holds 1, which marks tokens of pictures"),
    (#""inputs_embeds": [[0.5]]"#, "inputs_embeds is there, but a prompt here is its tokens alone"),
  ]) func `What cannot be honoured is refused with its line`(member: String, message: String) {
    let found = refusal("{\"input_ids\": [1, 2, 3], \"separator\": 1, \(member)}")
    #expect(found.hasPrefix("line 1: \(message)"), "\(found)")
  }

  @Test func `A region of which nothing is left is told`() {
    let regions = #""regions": [{"name": "a", "start": 1, "end": 2}]"#
    let found = refusal("{\"input_ids\": [1, 2], \"attention_mask\": [1, 0], \(regions)}")
    #expect(found == "line 1: attention_mask takes out every token of the regions.")
  }

  @Test func `A batch in a line is told`() {
    let found = refusal(#"{"input_ids": [[1, 2], [3, 4]], "separator": 1}"#)
    #expect(
      found.hasPrefix("line 1: input_ids is a list of lists; write each of its lists as a line of its own"), "\(found)")
  }

  @Test func `Kinds of tokens matter where the model reads them`() throws {
    func line(_ types: String) -> String {
      "{\"id\": \"p\", \"input_ids\": [1, 2], \"separator\": 1, \"token_type_ids\": \(types)}"
    }
    let plain = try read(#"{"id": "p", "input_ids": [1, 2], "separator": 1}"#)
    #expect(try read(line("[0, 1]")) == plain && read(line("[0, 0]"), types: .images) == plain)
    #expect(refusal(line("[0, 1]"), types: .images).contains("token_type_ids holds 1, which marks tokens of pictures"))
    #expect(refusal(line("[0, 0]"), types: .added).contains("adds an embedding to every token, also for 0"))
  }
}
