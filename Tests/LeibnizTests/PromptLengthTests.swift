import Foundation
import Leibniz
import LeibnizTesting
import PairFixtures
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
      #expect(error == .promptTooLong(prompt: "long", tokens: 65, last: 64, positions: 64))
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

  /// The heads of one long prompt are cut into blocks of queries, those of four are not.
  @Test(arguments: [false, true]) func `A long prompt alone has the numbers it has among its like`(
    isMasked: Bool
  ) throws {
    var options = TinyPair.Options()
    options.isMasked = isMasked
    options.layers = 2
    func blocks(prompts: Int) throws -> [Block] {
      options.promptCount = prompts
      return try withTinyPair(options) { pair in
        try pair.rewritePrompts {
          $0.tokens = (0..<270).map { $0 * $0 % 31 }
          $0.tokens[150] = 31
          $0.separator = 150
        }
        let analysis = try pair.analysis()
        #expect(analysis.closure.maximum <= 1e-5)
        return analysis.blocks
      }
    }
    let (alone, among) = (try blocks(prompts: 1), try blocks(prompts: 4))
    #expect(alone.count == among.count && alone.contains { $0.raw.delta.rms > 0 })
    for (one, other) in zip(alone, among) {
      for (part, otherPart) in [(one.raw, other.raw), (one.centered, other.centered)] {
        #expect(abs(part.delta.rms - otherPart.delta.rms) <= 1e-6 * otherPart.delta.rms)
        for (term, otherTerm) in zip(part.terms, otherPart.terms) {
          #expect(abs(term.share - otherTerm.share) <= 1e-6 && abs(term.dominance - otherTerm.dominance) <= 1e-6)
          #expect(term.zero == otherTerm.zero)
        }
      }
    }
  }
}
