/// A regular expression as parsed.
indirect enum RegularExpressionNode: Sendable {
  /// How a quantifier chooses.
  enum Preference: Sendable { case greedy, lazy, possessive }

  case set(ScalarSet.Form)
  case sequence([RegularExpressionNode])
  case alternation([RegularExpressionNode])
  /// `most` is nil where there is no bound.
  case quantified(RegularExpressionNode, least: Int, most: Int?, Preference)
  case lookahead(RegularExpressionNode, negative: Bool)
  case atomic(RegularExpressionNode)
  case wordBoundary(negative: Bool)

  /// Whether a match can have no characters.
  var mayBeEmpty: Bool {
    switch self {
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.mayBeEmpty)
    case .alternation(let nodes): nodes.contains(where: \.mayBeEmpty)
    case .quantified(let node, let least, _, _): least == 0 || node.mayBeEmpty
    case .atomic(let node): node.mayBeEmpty
    case .lookahead, .wordBoundary: true
    }
  }

  /// Whether a match can have any length.
  var isUnbounded: Bool {
    switch self {
    case .set, .lookahead, .wordBoundary: false
    case .sequence(let nodes), .alternation(let nodes): nodes.contains(where: \.isUnbounded)
    case .quantified(let node, _, let most, _): most == nil || node.isUnbounded
    case .atomic(let node): node.isUnbounded
    }
  }
}
