/// A prompt as the paired pass takes it.
public struct ForwardPrompt: Sendable {
  /// Token ids, all within the base's vocabulary.
  public var tokens: [Int]
  /// Positions whose predictions of the next token a probe wants to see; empty for none.
  public var predictions: Range<Int>
  /// By token, the position that rotary and learned embeddings take, rising; nil where they count the tokens. Who attends to whom,
  /// windows too, goes by the tokens' order.
  public var positionIDs: [Int]?
  /// Positions, rising and among ``predictions``, whose predictions are split by writers where a probe asks for these.
  public var attributed: [Int] = []

  /// A prompt.
  public init(tokens: [Int], predictions: Range<Int> = 0..<0, positionIDs: [Int]? = nil) {
    precondition(predictions.upperBound <= tokens.count, "predictions of tokens that exist")
    precondition(positionIDs.map { $0.count == tokens.count } ?? true, "a position for each token")
    self.tokens = tokens
    self.predictions = predictions
    self.positionIDs = positionIDs
  }

  /// How many positions rotary embeddings are scaled for: one more than the last.
  var positionCount: Int { positionIDs?.last.map { $0 + 1 } ?? tokens.count }
}
