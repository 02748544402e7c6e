/// A regular expression as parsed.
indirect enum Node: Sendable {
  /// How a quantifier chooses.
  enum Preference: Sendable { case greedy, lazy, possessive }

  case set(ScalarSet.Form)
  case sequence([Node])
  case alternation([Node])
  /// `most` is nil where there is no bound.
  case quantified(Node, least: Int, most: Int?, Preference)
  case lookahead(Node, isNegative: Bool)
  case atomic(Node)
  case assertion(Assertion)

  /// Whether a match can have no characters.
  var mayBeEmpty: Bool {
    switch self {
    case .set: false
    case .sequence(let nodes): nodes.allSatisfy(\.mayBeEmpty)
    case .alternation(let nodes): nodes.contains(where: \.mayBeEmpty)
    case .quantified(let node, let least, _, _): least == 0 || node.mayBeEmpty
    case .atomic(let node): node.mayBeEmpty
    case .lookahead, .assertion: true
    }
  }

  /// Whether a match can have any length.
  var isUnbounded: Bool {
    switch self {
    case .set, .lookahead, .assertion: false
    case .sequence(let nodes), .alternation(let nodes): nodes.contains(where: \.isUnbounded)
    case .quantified(let node, _, let most, _): most == nil || node.isUnbounded
    case .atomic(let node): node.isUnbounded
    }
  }
}

/// A condition on a position.
enum Assertion: Sendable {
  /// One of the characters before and behind belongs to a word, the other does not; or the opposite.
  case wordBoundary(isNegative: Bool)
  case start
  /// With `orLineBreak` also before a line break that ends the text.
  case end(orLineBreak: Bool)
}
