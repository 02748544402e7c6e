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
  /// How many of its tokens losses judge, where the prompt itself says which (`labels`, `loss_mask`); nil where it does not.
  public var judged: Int?

  /// A summary from its parts.
  public init(id: String, tokens: Int, separator: Int?, activeFrom: Int?, judged: Int? = nil) {
    self.id = id
    self.tokens = tokens
    self.separator = separator
    self.activeFrom = activeFrom
    self.judged = judged
  }
}

extension [PromptSummary] {
  /// Which tokens the losses of a result judge: "that the prompts label", "after the separator".
  /// - Parameter others: Which those of prompts are that do not label any.
  package func judgedTokens(others: String) -> String {
    let labelled = count { $0.judged != nil }
    guard labelled > 0 else { return others }
    return labelled == count
      ? "that the prompts label" : "that \(labelled) of \(count) prompts label, in the others those \(others)"
  }
}
