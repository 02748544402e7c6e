/// A prompt of an analysis.
public struct PromptSummary: Sendable, Equatable {
  /// Its id.
  public var id: String
  /// Its length in tokens.
  public var tokens: Int
  /// Index of the separator, where there is one.
  public var separator: Int?
  /// First token at which the adapter acts; nil if at none.
  public var activeFrom: Int?

  /// A summary from its parts.
  public init(id: String, tokens: Int, separator: Int?, activeFrom: Int?) {
    self.id = id
    self.tokens = tokens
    self.separator = separator
    self.activeFrom = activeFrom
  }
}
