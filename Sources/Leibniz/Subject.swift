import Attribution
import Checkpoints
import PairedForward
import Prompts
import Results

/// A prompt as one adapter is analysed on it.
struct SubjectPrompt: Sendable {
  /// Tokens, separator and regions.
  let prompt: Prompt
  /// Where the adapter acts.
  let mask: ResolvedMask
  /// The regions by the index of their names.
  let regions: RegionMap

  /// The positions whose predictions make the loss: of the tokens after the separator, the separator's own left out.
  var lossPositions: Range<Int> {
    guard let separator = prompt.separator, separator + 1 < prompt.tokens.count else { return 0..<0 }
    return separator..<prompt.tokens.count - 1
  }
}

/// One adapter over the base, with the prompts as it sees them: one run of a pass, one analysis.
struct Subject: Sendable {
  /// The models.
  let pair: ModelPair
  /// The prompts, names of regions and fingerprint.
  private(set) var file: PromptFile
  /// The prompts with masks and regions.
  private(set) var prompts: [SubjectPrompt]

  /// - Throws: ``AnalysisError`` when the adapter cannot be run on a prompt.
  init(_ pair: ModelPair, file: PromptFile, mask: MaskRule) throws(AnalysisError) {
    self.pair = pair
    self.file = file
    var prompts: [SubjectPrompt] = []
    for prompt in file.prompts {
      let own = try ResolvedMask(mask, prompt: prompt, adaptation: pair.adaptation)
      if pair.adaptation.usesDoRA, own.isPartial { throw .maskedDoRA(adapter: pair.adaptation.name) }
      if let table = pair.model.description.embedding.positions, prompt.tokens.count > table.rows {
        throw .promptTooLong(prompt: prompt.id, tokens: prompt.tokens.count, positions: table.rows)
      }
      prompts.append(
        SubjectPrompt(prompt: prompt, mask: own, regions: RegionMap(prompt, names: file.regionNames)))
    }
    self.prompts = prompts
  }

  /// The run of the pass.
  var run: ChangeRun { ChangeRun(pair.adaptation, masks: prompts.map(\.mask.mask)) }

  /// The same on the first prompts alone, under the names of all regions.
  func first(_ count: Int) -> Subject {
    var result = self
    result.file.prompts = Array(file.prompts.prefix(count))
    result.prompts = Array(prompts.prefix(count))
    return result
  }
}

extension RegionMap {
  /// The regions of a prompt by the index of their names.
  init(_ prompt: Prompt, names: [String]) {
    self.init(
      runs: names.map { name in prompt.regions.filter { $0.name == name }.map { $0.start..<$0.end } },
      count: prompt.tokens.count)
  }
}
