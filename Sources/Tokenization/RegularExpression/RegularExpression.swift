/// A regular expression of a tokenizer file, with the meaning Oniguruma gives it: the leftmost match, alternatives in
/// order, greedy unless said otherwise.
///
/// Supported are literals, `.`, classes with ranges, `&&` and `\p{…}` by general category, `\s \d \w` and their
/// complements, groups, `(?i:…)`, alternation, every kind of quantifier, lookahead, atomic groups, `\b` and `\B`. What
/// else an expression may hold (back-references, lookbehind, anchors, scripts, …) is refused by name.
///
/// No expression can hang: its size is bounded, and a state (instruction, position) that failed once is never entered
/// again, so that the time is O(instructions · scalars).
struct RegularExpression: Sendable {
  let program: RegularExpressionProgram

  /// Compiles an expression.
  init(_ pattern: String) throws(RegularExpressionError) {
    var parser = RegularExpressionParser(pattern)
    program = try RegularExpressionProgram(try parser.parse())
  }

  /// An expression that matches exactly this text.
  init(literal: [Unicode.Scalar]) {
    program = RegularExpressionProgram(literal: literal)
  }

  /// All matches from left to right; an empty one right after another match is passed over.
  func matches(in text: ArraySlice<Unicode.Scalar>) -> [Range<Int>] {
    var matcher = RegularExpressionMatcher(program: program, text: text)
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
}

/// What in an expression is malformed or not supported.
struct RegularExpressionError: Error, Equatable, CustomStringConvertible {
  var description: String
}
