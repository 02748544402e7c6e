/// Where the separator of a prompt is found when its line names neither separator nor regions.
public enum Separator: Sendable, Equatable {
  /// Each line must say; but the invocation sequence of an Activated LoRA counts as the separator.
  case fromFile
  /// The last occurrence of these tokens.
  case tokens([Int])
  /// The last occurrence of a text's tokens.
  case text(String)
  /// There is one region, `all`.
  case none
}
