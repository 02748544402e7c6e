import Results

extension Subject {
  /// How many tokens each model predicts, where these are not as many.
  /// - Parameter positions: Of a prompt, the positions whose predictions are judged.
  func vocabulary(judging positions: (SubjectPrompt) -> [Int]) -> PredictedVocabulary? {
    let base = pair.model.description.head.linear.outputs
    guard pair.model.hasHead, let adapted = pair.adaptation.vocabulary?.headRows, adapted != base else { return nil }
    let leftOut = prompts.reduce(0) { sum, prompt in
      sum
        + positions(prompt).count { position in
          let isAdapted = prompt.mask.mask.general.other[position] > 0
          return prompt.prompt.tokens[position + 1] >= (isAdapted ? min(base, adapted) : base)
        }
    }
    return PredictedVocabulary(base: base, adapted: adapted, leftOut: leftOut)
  }
}

extension PredictedVocabulary {
  /// What a reader has to know of it.
  var warnings: [String] {
    let whole = """
      The adapted model predicts \(adapted) tokens, the base \(base): each loss is over its own model's tokens; divergences (KL) of \
      the two are over the \(shared) that both have, renormalised.
      """
    let lost = "\(leftOut) judged tokens are ones that only one of the two has; they are left out of losses and gains."
    return leftOut > 0 ? [whole, lost] : [whole]
  }
}
