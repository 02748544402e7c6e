/// A prompt as the paired pass takes it.
public struct ForwardPrompt: Sendable {
  /// Token ids, all within the base's vocabulary.
  public var tokens: [Int]
  /// Positions whose predictions of the next token a probe wants to see; empty for none.
  public var predictions: Range<Int>

  /// A prompt.
  public init(tokens: [Int], predictions: Range<Int> = 0..<0) {
    precondition(predictions.upperBound <= tokens.count, "predictions of tokens that exist")
    self.tokens = tokens
    self.predictions = predictions
  }
}
