/// Mean next-token losses in nats on the tokens after the separator (its own prediction excluded), prompt by prompt;
/// nil where no token follows it.
public struct Losses: Sendable, Equatable {
  /// Of the base model.
  public var base: [Double?]
  /// Of the adapted model.
  public var adapted: [Double?]

  /// Losses from their parts.
  public init(base: [Double?], adapted: [Double?]) {
    self.base = base
    self.adapted = adapted
  }
}
