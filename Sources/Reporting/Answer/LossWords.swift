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

  /// "Mean next-token loss over 34 tokens after the separator, of 3 prompts: …", as `leibniz ablate` weighs it; nil where no token
  /// follows a separator.
  var mean: Phrase? {
    guard let mean = loss.mean else { return nil }
    let pairs = loss.pairs.compactMap(\.self)
    let count = Numbers.count(pairs.count, "prompt")
    let judged = prompts.judgedTokens(others: "after the separator")
    let tokens = loss.tokens.map { "\(Numbers.count($0.reduce(0, +), "token")) \(judged), of \(count)" }
    return """
      Mean next-token loss over \(tokens ?? "\(count), \(judged)"): base \(Numbers.size(mean.base)), adapted \
      \(Numbers.size(mean.adapted)) nats. It is lower in the adapted model for \(pairs.count { $0.adapted < $0.base }) of \
      \(Numbers.count(pairs.count, "prompt")).
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
