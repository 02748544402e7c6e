import Results

/// What became of the predictions, in words.
struct LossWords {
  private let loss: Losses
  private let prompts: [PromptSummary]

  /// nil where no losses were asked for.
  init?(_ analysis: Analysis) {
    guard let loss = analysis.loss else { return nil }
    self.loss = loss
    prompts = analysis.prompts
  }

  private var judged: String { prompts.judgedTokens(others: "after the separator") }

  /// ", after the separator", ", over the 34 tokens that the prompts label".
  private var tokens: String {
    let counts = prompts.compactMap(\.judged)
    if counts.isEmpty { return ", \(judged)" }
    let count = Numbers.count(counts.reduce(0, +), "token")
    return counts.count == prompts.count ? ", over the \(count) \(judged)" : ", over the tokens \(judged)"
  }

  /// "Mean next-token loss over 3 prompts, after the separator: …"; nil where no token follows a separator.
  var mean: Phrase? {
    guard let mean = loss.mean else { return nil }
    let pairs = loss.pairs.compactMap(\.self)
    return """
      Mean next-token loss over \(Numbers.count(pairs.count, "prompt"))\(tokens): base \(Numbers.size(mean.base)), adapted \
      \(Numbers.size(mean.adapted)) nats. It is lower in the adapted model for \(pairs.count { $0.adapted < $0.base }) of \
      \(pairs.count).
      """
  }

  /// How far the predictions moved.
  var shift: Phrase? {
    guard !loss.divergence.isEmpty else { return nil }
    let parts = loss.divergence.map {
      "\(Numbers.size($0.kl)) in \($0.region) (\(Numbers.count($0.predictions, "prediction")))" as Phrase
    }
    return """
      KL(base ‖ adapted) of the predictions, in nats, by the region of the token that makes them: \(.list(parts)).
      """
  }
}
