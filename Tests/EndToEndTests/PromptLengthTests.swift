import Foundation
import Leibniz
import LeibnizTesting
import Testing

/// Prompts longer than what a model was configured for.
@Suite struct PromptLengthTests {
  @Test func `Beyond a table of learned positions is an error`() throws {
    let drawn = try #require(DrawnCase.named("gpt2-bias-all"))
    try drawn.withWeights { folder in
      let prompts = folder.appending(path: "long.jsonl")
      func analysis(tokens: Int) throws -> Analysis {
        let ids = Array(repeating: "9", count: tokens).joined(separator: ", ")
        try Data("{\"id\": \"long\", \"input_ids\": [\(ids)], \"separator\": 3}".utf8).write(to: prompts)
        return try analyze(
          base: folder.appending(path: "base"), adapted: folder.appending(path: "adapted"), prompts: prompts)
      }
      let longest = try analysis(tokens: 64)
      #expect(longest.prompts.first?.tokens == 64)
      let error = #expect(throws: AnalysisError.self) { try analysis(tokens: 65) }
      #expect(error == .promptTooLong(prompt: "long", tokens: 65, positions: 64))
      #expect(
        error?.description
          == "Prompt long has 65 tokens, but the model's table of learned positions ends after 64. Shorten the prompt.")
    }
  }

  @Test func `Beyond the configured positions of a rotary model is a warning`() throws {
    try withTinyPair { pair in
      func warns(tokens: Int) throws -> Bool {
        try pair.rewritePrompts { $0.tokens = (0..<tokens).map { $0 % 31 } }
        let warning = "The longest prompt has \(tokens) tokens; the model was configured for 128 positions."
        return try pair.analysis().warnings.contains(warning)
      }
      let (within, beyond) = (try warns(tokens: 128), try warns(tokens: 129))
      #expect(!within && beyond)
    }
  }
}
