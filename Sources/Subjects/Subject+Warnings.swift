import Results

extension Subject {
  /// What a reader has to know before believing any number, a sentence each.
  package func warnings(_ options: SubjectOptions) -> [String] {
    counterfactualWarnings + pair.adaptation.warnings + file.notes + maskWarnings + trainingMaskWarnings
      + separatorWarnings(options) + lengthWarnings + headWarnings + rowlessTokenWarnings
      + (pair.adaptation.kind == .none ? ["The base was compared with itself: every change is an exact zero."] : [])
  }

  private var counterfactualWarnings: [String] {
    if let omitted, omitted.mask != nil, omitted.leavesOut {
      return [
        """
        A counterfactual: the adapter was run as “\(omitted.name)”, mask \(mask), with \
        \(omitted.droppedNames.joined(separator: ", ")) left out from \(omitted.query ?? "any region") to \
        \(omitted.key ?? "any region"); terms shown there take no part.
        """
      ]
    }
    guard isCounterfactual else { return [] }
    return [
      """
      A counterfactual, unless the adapter was trained so: it was run with the mask \(mask), which is not what its own files \
      and the prompts say.
      """
    ]
  }

  /// A mask in a training hook is in no file.
  private var trainingMaskWarnings: [String] {
    guard pair.adaptation.kind == .lora, pair.adaptation.invocationTokens == nil, mask == MaskPlan(),
      prompts.contains(where: { $0.prompt.separator != nil }), prompts.allSatisfy({ $0.prompt.mask == nil })
    else { return [] }
    return [
      """
      \(pair.adaptation.name) is a plain LoRA, so it acts on every token here. A mask that was used in training alone, as in \
      Split Personality Training, leaves no trace in an adapter's files: if it was trained with one, state it \
      (--own-mask after, or a "mask" in the prompt file).
      """
    ]
  }

  private var lacking: Int { prompts.count(where: \.mask.lacksInvocation) }

  private var maskWarnings: [String] {
    let inactive = prompts.count { $0.mask.activeFrom == nil }
    if lacking > 0 {
      return ["\(lacking) of \(prompts.count) prompts lack the adapter's invocation sequence, so it stays off there."]
    }
    return inactive > 0 ? ["The mask keeps the adapter off in \(inactive) of \(prompts.count) prompts."] : []
  }

  private func separatorWarnings(_ options: SubjectOptions) -> [String] {
    var warnings: [String] = []
    let unseparated = prompts.count { $0.prompt.separator == nil && $0.prompt.regions.map(\.name) == ["before"] }
    if unseparated > 0, lacking == 0 {
      warnings.append(
        "\(unseparated) of \(prompts.count) prompts have no separator; all of their tokens are before it.")
    }
    if options.separator != .fromFile, file.linesWithOwn > 0 {
      warnings.append(
        "\(file.linesWithOwn) of \(prompts.count) prompts have a separator or regions of their own, which go first.")
    }
    if options.mask == .auto, pair.adaptation.invocationTokens != nil, hasOtherChanges {
      warnings.append(
        "The mask of an Activated LoRA covers its low-rank part alone; saved biases, modules and tokens act everywhere."
      )
    }
    return warnings
  }

  /// What a reader has to know of the tokens that prompts label, where losses are computed.
  /// - Parameter lossRegion: The region whose tokens were asked for.
  package func labelWarnings(lossRegion: String? = nil) -> [String] {
    let labelled = prompts.filter { $0.prompt.lossMask != nil }
    var warnings: [String] = []
    if let lossRegion, !labelled.isEmpty {
      warnings.append(
        """
        \(labelled.count) of \(prompts.count) prompts label the tokens that count (labels or loss_mask), which goes before the region \
        \(lossRegion) of --loss-region.
        """)
    }
    let silent = labelled.filter(\.lossPositions.isEmpty)
    if let first = silent.first {
      warnings.append(
        """
        In \(silent.count) of \(prompts.count) prompts nothing is judged, so they have no loss: their labels or loss_mask mark no token \
        behind the first. The first of them is \(first.prompt.id).
        """)
    }
    return warnings
  }

  private var lengthWarnings: [String] {
    let isCounted = prompts.allSatisfy { $0.prompt.positionIDs == nil }
    let longest = prompts.map(\.prompt.positionCount).max() ?? 0
    guard let limit = pair.model.description.configuredPositions, longest > limit else { return [] }
    return [
      "The longest prompt has \(longest) \(isCounted ? "tokens" : "positions"); the model was configured for \(limit) positions."
    ]
  }

  private var headWarnings: [String] {
    if pair.model.hasHead, pair.adaptation.lacksHead {
      return [
        """
        \(pair.adaptation.name)'s files hold no output head (\(pair.model.description.head.linear.module)) and do not tie it to the \
        token table, so there are no predictions and no losses of it.
        """
      ]
    }
    guard !pair.model.hasHead else { return [] }
    return [
      """
      The base's files hold no output head (\(pair.model.description.head.linear.module)) and do not tie it to the token \
      table, so there are no predictions and no losses; a library would draw one at random.
      """
    ]
  }

  private var hasOtherChanges: Bool {
    !pair.adaptation.norms.isEmpty || pair.adaptation.embeddings.values.contains { !$0.isLowRank }
      || pair.adaptation.linears.values.contains { $0.dense != nil || $0.bias != nil }
  }
}
