/// A prompt as the paired pass takes it.
public struct ForwardPrompt: Sendable {
  /// Token ids, all within the base's vocabulary.
  public var tokens: [Int]
  /// Per token, the weight in [0, 1] of the adapter's low-rank part.
  public var lowRankMask: [Float]
  /// Per token, the weight in [0, 1] of every other change: dense parts, biases, norms, tables.
  public var otherMask: [Float]
  /// Where the loss is taken: the first position whose prediction counts, nil for none.
  public var lossFrom: Int?

  /// A prompt; by default every change acts on every token.
  public init(
    tokens: [Int], lowRankMask: [Float]? = nil, otherMask: [Float]? = nil, lossFrom: Int? = nil
  ) {
    self.tokens = tokens
    self.lowRankMask = lowRankMask ?? Array(repeating: 1, count: tokens.count)
    self.otherMask = otherMask ?? Array(repeating: 1, count: tokens.count)
    self.lossFrom = lossFrom
    precondition(self.lowRankMask.count == tokens.count && self.otherMask.count == tokens.count)
  }
}
