/// An attention sink in the row of a query: one more column of the softmax with no score, so that every term is 0 there. What a trained
/// logit changes is a term of its own, which is 0 at every key.
public struct RowSink: Sendable, Equatable {
  /// Its logit in the base.
  public var logit: Float
  /// p in the base.
  public var pattern: Float
  /// dp.
  public var change: Float
  /// The change of its logit.
  public var logitChange: Float

  /// A sink's numbers.
  public init(logit: Float, pattern: Float, change: Float, logitChange: Float) {
    (self.logit, self.pattern, self.change, self.logitChange) = (logit, pattern, change, logitChange)
  }
}
