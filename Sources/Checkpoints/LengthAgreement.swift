import Architectures

/// Up to which length of prompts two configurations that differ in windows or rotary embeddings mean the same: a window that is
/// never filled shows all, and scalings for long prompts leave short ones as they are.
public struct LengthAgreement: Sendable, Equatable {
  /// Tokens of the longest prompt on which both compute alike.
  public var tokens: Int
  /// What differs behind it: "layers[0].attention.window".
  public var member: String

  /// - Returns: Nil where the descriptions differ in more, or already for a prompt of two tokens.
  init?(_ ours: ModelDescription, _ theirs: ModelDescription) {
    var (left, right) = (ours, theirs)
    guard left.layers.count == right.layers.count else { return nil }
    var tokens = Int.max
    for index in left.layers.indices {
      let (one, other) = (left.layers[index].attention, right.layers[index].attention)
      if one.window != other.window { tokens = min(tokens, one.window ?? .max, other.window ?? .max) }
      if one.rotary != other.rotary {
        guard let one = one.rotary, let other = other.rotary, let common = Self.common(one, other) else { return nil }
        tokens = min(tokens, common)
      }
      right.layers[index].attention.window = one.window
      right.layers[index].attention.rotary = one.rotary
    }
    guard left == right, tokens > 1, let difference = firstDifference(between: ours, and: theirs) else { return nil }
    self.tokens = tokens
    member = difference.path
  }

  /// The longest prompt for which both turn alike; nil for none.
  private static func common(_ one: Rotary, _ other: Rotary) -> Int? {
    guard one.dimensions == other.dimensions, one.layout == other.layout else { return nil }
    // Tables change at these lengths alone, and with every token behind the trained ones.
    let limits = ([one, other].compactMap(\.frequencies.limit) + [Int.max / 2]).sorted()
    var agreed: Int?
    for limit in limits {
      guard one.frequencies.table(promptLength: limit) == other.frequencies.table(promptLength: limit) else { break }
      agreed = limit
    }
    return agreed
  }
}

extension RotaryFrequencies {
  /// The longest prompt that has the first table; nil where all have it.
  fileprivate var limit: Int? {
    switch self {
    case .fixed: nil
    case .byLength(let limit, _, _): limit
    case .dynamic(_, _, _, let trained): trained
    }
  }
}
