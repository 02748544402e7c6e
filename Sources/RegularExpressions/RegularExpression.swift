/// A regular expression of a file.
///
/// Supported are literals, `.`, classes with ranges, `\s \d \w` and their complements, groups, alternation, every kind of
/// quantifier, lookahead, `\b` and `\B`, and what ``Syntax`` names. What else an expression may hold (back-references,
/// lookbehind, …) is refused by name.
///
/// No expression can hang: a state (instruction, position) that failed once is never entered again, so that the time is
/// O(instructions · scalars), and the expressions of a file share an allowance of instructions.
package struct RegularExpression: Sendable {
  /// Whose rules an expression follows.
  package enum Syntax: Sendable {
    /// Oniguruma's, as in the `tokenizers` library: also nested classes, `&&`, `\p{…}` by general category, atomic groups,
    /// `(?i:…)`.
    case oniguruma
    /// Python's `re`, as in PEFT: also named groups and the anchors `^ $ \A \Z`.
    case python
  }

  let program: Program
  /// Whether a match can have no characters.
  package let mayBeEmpty: Bool

  /// Compiles an expression.
  /// - Parameter allowance: How many instructions the expressions of a file may still have; this one's are taken off.
  package init(
    _ pattern: String, _ syntax: Syntax, allowance: inout Int
  ) throws(RegularExpressionError) {
    var parser = Parser(pattern, syntax)
    let node = try parser.parse()
    program = try Program(node, word: syntax.word, allowance: &allowance)
    mayBeEmpty = node.mayBeEmpty
  }

  /// An expression that matches exactly this text.
  package init(literal: String, allowance: inout Int) throws(RegularExpressionError) {
    let node = Node.sequence(literal.unicodeScalars.map { .set(.scalar($0)) })
    program = try Program(node, word: Syntax.oniguruma.word, allowance: &allowance)
    mayBeEmpty = literal.isEmpty
  }

  /// All matches from left to right, alternatives tried in order; an empty one right after another match is passed over.
  package func matches(in text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
    var matcher = Matcher(program: program, text: text)
    var matches: [Range<Int>] = []
    var start = text.startIndex
    var lastEnd: Int?
    while start <= text.endIndex, let match = matcher.firstMatch(from: start) {
      if match.isEmpty && match.lowerBound == lastEnd {
        start = match.lowerBound + 1
      } else {
        matches.append(match)
        start = match.upperBound
        lastEnd = match.upperBound
      }
    }
    return matches
  }

  /// Whether a match begins where the text does: Python's `re.match`.
  package func matchesStart(of text: String) -> Bool {
    var matcher = Matcher(program: program, text: Array(text.unicodeScalars)[...])
    return matcher.end(ofMatchAt: 0, .match) != nil
  }

  /// Whether the whole text is a match: Python's `re.fullmatch`.
  package func matchesWhole(_ text: String) -> Bool {
    var matcher = Matcher(program: program, text: Array(text.unicodeScalars)[...])
    return matcher.end(ofMatchAt: 0, .wholeMatch) != nil
  }
}

/// What in an expression is malformed or not supported.
package struct RegularExpressionError: Error, Equatable, CustomStringConvertible {
  /// The reason, to stand behind the expression.
  package var description: String
}
