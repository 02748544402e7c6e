import Architectures
import Checkpoints

/// Predictions from a vocabulary that is not the base's.
extension ReferenceModel {
  /// Logits over the tokens of base and adapted model, (positions × the larger vocabulary): −∞ for tokens that the model of a
  /// position lacks, which is the base where the mask keeps the change off.
  func inOwnVocabulary(
    _ logits: TokenVectors, reading last: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    let head = model.description.head
    guard let own = adaptation?.vocabulary, own.headRows != head.linear.outputs else { return logits }
    let news = try newLogits(own, head, reading: last)
    var result = TokenVectors(positions: logits.positions, width: logits.width + news.width)
    for (row, position) in logits.positions.enumerated() {
      let isAdapted = (masks.common.other?[position] ?? 1) > 0
      for column in 0..<result.width {
        let isKnown = isAdapted ? column < own.headRows : column < logits.width
        let value =
          column < logits.width
          ? logits.values[row * logits.width + column] : news.values[row * news.width + column - logits.width]
        result.values[row * result.width + column] = isKnown ? value : -.infinity
      }
    }
    return result
  }

  /// Logits of the tokens that the adapted model alone has.
  private func newLogits(
    _ own: VocabularyChange, _ head: HeadDescription, reading last: TokenVectors
  ) throws(CheckpointError) -> TokenVectors {
    let rows = head.linear.outputs..<max(own.headRows, head.linear.outputs)
    guard !rows.isEmpty else { return TokenVectors(positions: last.positions, width: 0) }
    let weights = try doubles(rows.count * head.linear.inputs) { target throws(CheckpointError) in
      try own.formHead(rows, target)
    }
    var logits = last.times(weights, outputs: rows.count, threads: threads)
    if let bias = own.headBias { logits.add(bias) }
    logits.values = logits.values.map { softCapped($0 * head.logitMultiplier, head.softCap) }
    return logits
  }
}
