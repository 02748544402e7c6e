import Results
import Tokenization

extension Subject {
  /// How many tokens each model predicts, where these are not as many.
  /// - Parameter positions: Of a prompt, the positions whose predictions are judged.
  package func vocabulary(judging positions: (SubjectPrompt) -> [Int]) -> PredictedVocabulary? {
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
  package var warnings: [String] {
    let whole = """
      The adapted model predicts \(adapted) tokens, the base \(base): each loss is over its own model's tokens; divergences (KL) of \
      the two are over the \(shared) that both have, renormalised.
      """
    let lost = "\(leftOut) judged tokens are ones that only one of the two has; they are left out of losses and gains."
    return leftOut > 0 ? [whole, lost] : [whole]
  }
}

extension Subject {
  /// What a reader has to know of tokens that the adapter's tokenizer adds and no file has rows of: the model was resized for
  /// training, and PEFT saved neither table.
  var rowlessTokenWarnings: [String] {
    let rows = pair.model.description.embedding.tokens.rows
    guard pair.adaptation.kind == .lora, pair.adaptation.vocabulary == nil,
      let own = try? TokenizerFiles(folder: pair.adaptedFolder),
      (try? TokenizerFiles(folder: pair.folder)).map({ !own.hasSameContents(as: $0) }) ?? true,
      let tokens = try? own.addedTokens(from: rows), let first = tokens.first
    else { return [] }
    let others = tokens.count > 1 ? " and \(tokens.count - 1) more" : ""
    return [
      """
      \(pair.adaptation.name)'s tokenizer has tokens that neither the base's \(rows) rows nor the adapter's files hold: \
      \(first.token) (\(first.id))\(others). If the model was resized for training, its predictions were over these too, and losses \
      here are not; a prompt that has one is refused. Save the resized table with the adapter (save_embedding_layers of PEFT).
      """
    ]
  }
}
