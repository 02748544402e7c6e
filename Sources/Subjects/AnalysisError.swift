import Prompts

/// Why an analysis could not be made, apart from files that are wrong.
public enum AnalysisError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The mask `after` on a prompt without separator.
  case maskNeedsSeparator(prompt: String)
  /// A mask names a projection of mixtures of experts, and the model has none.
  case noMixture(site: String)
  /// A separator that was asked for is in no prompt.
  case separatorNotFound(file: String, separator: String)
  /// A mask on a DoRA.
  case maskedDoRA(adapter: String)
  /// A prompt longer than the table of learned positions.
  case promptTooLong(prompt: String, tokens: Int, last: Int, positions: Int)
  /// Positions with a gap in a model whose windows may count what lies in it.
  case gapUnderWindow(prompt: String, window: Int)
  /// A text that the tokenizers of two adapters make different tokens of.
  case differentTokens(prompt: String, first: String, second: String)
  /// Losses, or knock-outs that they judge, of a model that predicts nothing.
  case noPredictions(model: String, head: String)
  /// A prompt on which two configurations do not mean the same.
  case beyondAgreement(prompt: String, tokens: Int, adapted: String, member: String, limit: Int)
  /// Random changes of an adapter that has more than low-rank parts.
  case noNull(adapter: String, reason: String)

  /// One paragraph: what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .noMixture(let site):
      """
      A mask names \(site), but the model has no mixtures of experts; leave it out, or name gate, up and down of its MLPs
      """
    case .maskNeedsSeparator(let prompt):
      """
      Prompt \(prompt) has no separator, so the mask "after" has nowhere to begin. Give it a "separator", or use \
      --own-mask auto or none.
      """
    case .separatorNotFound(let file, let separator):
      """
      \(file): the separator \(separator) is in no prompt, so there would be nothing after it. Check its spelling and its \
      tokens (leibniz tokenize), or take every token as before it with --allow-missing-separator.
      """
    case .maskedDoRA(let adapter):
      """
      \(adapter) is a DoRA adapter, whose magnitudes rescale whole weights, so it cannot be switched on for some \
      tokens only (PEFT refuses the combination too). Use --own-mask none and prompts without a "mask".
      """
    case .gapUnderWindow(let prompt, let window):
      """
      Prompt \(prompt) has position_ids with a gap, and the model has layers in which a token sees \(window) places; whether the \
      gap's places count there cannot be told. Leave position_ids out, so that positions count the tokens.
      """
    case .differentTokens(let prompt, let first, let second):
      """
      Prompt \(prompt) has other tokens by the tokenizer of \(second) than by that of \(first), so they cannot share a pass. Analyse \
      them one by one, or give prompts as "input_ids".
      """
    case .noPredictions(let model, let head):
      """
      \(model): its files hold no output head (\(head)) and do not tie it to the token table, so there are no predictions and no \
      losses; a classifier or reward model has another head. Leave out what needs losses (--loss, ablate), or save the model with \
      its head.
      """
    case .beyondAgreement(let prompt, let tokens, let adapted, let member, let limit):
      """
      Prompt \(prompt) has \(tokens) tokens, and \(adapted)'s config.json differs from the base's in \(member), which prompts of \
      more than \(limit) tokens reach. Shorten it, or give a checkpoint that was trained from this base.
      """
    case .noNull(let adapter, let reason):
      """
      \(adapter) cannot be compared with random changes: \(reason). --null takes LoRA adapters whose changes are all \
      low-rank; leave it out for this one.
      """
    case .promptTooLong(let prompt, let tokens, let last, let positions):
      """
      Prompt \(prompt) has \(tokens) tokens\(last == tokens - 1 ? "" : " up to position \(last)"), but the model's table of learned positions ends after \(positions). \
      Shorten the prompt.
      """
    }
  }
}
