import Architectures
import Attribution
import Checkpoints
import PairedForward
import Prompts
import Results

/// A prompt as one adapter is analysed on it.
package struct SubjectPrompt: Sendable {
  /// Tokens, separator and regions.
  package let prompt: Prompt
  /// Where the adapter acts.
  package let mask: ResolvedMask
  /// The regions by the index of their names.
  package let regions: RegionMap

  /// The positions whose predictions make the loss: of the tokens that the prompt labels, or else of those after the separator. The
  /// separator's own is left out of both, since it is put there and not predicted.
  package var lossPositions: [Int] {
    if let lossMask = prompt.lossMask {
      return lossMask.indices.dropFirst().filter { lossMask[$0] && $0 != prompt.separator }.map { $0 - 1 }
    }
    guard let separator = prompt.separator, separator + 1 < prompt.tokens.count else { return [] }
    return Array(separator..<prompt.tokens.count - 1)
  }
}

/// One adapter over the base, with the prompts as it sees them: one run of a pass, one analysis.
package struct Subject: Sendable {
  /// The models.
  package let pair: ModelPair
  /// The prompts, names of regions and fingerprint.
  package private(set) var file: PromptFile
  /// The prompts with masks and regions.
  package private(set) var prompts: [SubjectPrompt]
  /// The mask as asked for.
  package let mask: MaskPlan
  /// What is left out of the run; nil for nothing.
  package private(set) var omitted: Intervention?

  /// - Throws: ``AnalysisError`` when the adapter cannot be run on a prompt.
  package init(_ pair: ModelPair, file: PromptFile, mask: MaskPlan) throws(AnalysisError) {
    self.pair = pair
    self.file = file
    self.mask = mask
    if let site = mask.siteOfMixture, !pair.model.description.layers.contains(where: { $0.experts != nil }) {
      throw .noMixture(site: site.rawValue)
    }
    var prompts: [SubjectPrompt] = []
    for prompt in file.prompts {
      let own = try ResolvedMask(mask, prompt: prompt, adaptation: pair.adaptation)
      if pair.adaptation.usesDoRA, own.isPartial { throw .maskedDoRA(adapter: pair.adaptation.name) }
      if let table = pair.model.description.embedding.positions, prompt.positionCount > table.rows {
        throw .promptTooLong(
          prompt: prompt.id, tokens: prompt.tokens.count, last: prompt.positionCount - 1, positions: table.rows)
      }
      if let ids = prompt.positionIDs, let window = pair.model.description.narrowestWindow,
        let first = ids.first, prompt.positionCount - first > max(window, ids.count)
      {
        throw .gapUnderWindow(prompt: prompt.id, window: window)
      }
      if let agreement = pair.adaptation.agreement, prompt.tokens.count > agreement.tokens {
        throw .beyondAgreement(
          prompt: prompt.id, tokens: prompt.tokens.count, adapted: pair.adaptation.name, member: agreement.member,
          limit: agreement.tokens)
      }
      prompts.append(
        SubjectPrompt(prompt: prompt, mask: own, regions: RegionMap(prompt, names: file.regionNames)))
    }
    self.prompts = prompts
  }

  /// The same with parts of the change left out of its run, under the intervention's mask if it has one.
  package func leavingOut(_ intervention: Intervention) throws -> Subject {
    try intervention.check(pair.model.description, file.regionNames, prompts)
    return try omitting(intervention)
  }

  /// The same with an intervention that was checked before, on these prompts or on more.
  package func omitting(_ intervention: Intervention) throws(AnalysisError) -> Subject {
    var result =
      try intervention.mask.map { mask throws(AnalysisError) in
        try Subject(pair, file: file, mask: mask.following(self.mask))
      } ?? self
    result.omitted = intervention
    return result
  }

  /// Refuses prompts whose tokens are others than those of another adapter in the same pass, as two tokenizers can make them.
  package func checkTokens(against other: Subject) throws(AnalysisError) {
    for (own, first) in zip(file.prompts, other.file.prompts) where own.tokens != first.tokens {
      throw .differentTokens(
        prompt: own.id, first: other.pair.adaptation.name, second: pair.adaptation.name)
    }
  }

  /// Refuses losses where one of the models predicts nothing.
  package func requirePredictions() throws(AnalysisError) {
    let head = pair.model.description.head.linear.module
    if !pair.model.hasHead { throw .noPredictions(model: pair.model.name, head: head) }
    if pair.adaptation.lacksHead { throw .noPredictions(model: pair.adaptation.name, head: head) }
  }

  /// The run of the pass.
  package var run: ChangeRun {
    ChangeRun(
      pair.adaptation, masks: prompts.map(\.mask.mask),
      filter: omitted?.filter(prompts, file.regionNames) ?? PartFilter())
  }

  /// The run of a random change in the adapter's place.
  /// - Throws: ``AnalysisError`` where there is none.
  package func nullRun(_ index: Int, scaledBy factor: Double = 1) throws(AnalysisError) -> ChangeRun {
    ChangeRun(
      try pair.adaptation.null(index, scaledBy: factor), masks: prompts.map(\.mask.mask),
      filter: omitted?.filter(prompts, file.regionNames) ?? PartFilter())
  }

  /// The prompts as a result states them.
  package var promptSummaries: [PromptSummary] {
    prompts.map {
      PromptSummary(
        id: $0.prompt.id, tokens: $0.prompt.tokens.count, separator: $0.prompt.separator,
        activeFrom: $0.mask.activeFrom, judged: $0.prompt.lossMask == nil ? nil : $0.lossPositions.count)
    }
  }

  /// Whether the mask is another than the adapter's own somewhere.
  var isCounterfactual: Bool {
    prompts.contains { prompt in
      guard let own = try? ResolvedMask(MaskPlan(), prompt: prompt.prompt, adaptation: pair.adaptation) else {
        return true
      }
      return ([nil] + Site.allCases).contains { own.mask[$0] != prompt.mask.mask[$0] }
    }
  }

  /// The same on the first prompts alone, under the names of all regions.
  package func first(_ count: Int) -> Subject {
    var result = self
    result.file.prompts = Array(file.prompts.prefix(count))
    result.prompts = Array(prompts.prefix(count))
    return result
  }
}

extension ModelDescription {
  /// The fewest keys that a query sees in a layer with a window; nil where no layer has one.
  fileprivate var narrowestWindow: Int? { layers.compactMap(\.attention.window).min() }
}

extension RegionMap {
  /// The regions of a prompt by the index of their names.
  package init(_ prompt: Prompt, names: [String]) {
    let runs = Dictionary(grouping: prompt.regions, by: \.name)
    self.init(runs: names.map { name in (runs[name] ?? []).map { $0.start..<$0.end } }, count: prompt.tokens.count)
  }
}
