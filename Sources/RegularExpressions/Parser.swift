/// Reads an expression by recursive descent, as far as ``RegularExpression`` supports its syntax.
struct Parser {
  /// Deeper groups and classes are refused, so that no pattern exhausts the stack.
  static let deepest = 50

  let syntax: RegularExpression.Syntax
  let pattern: [Unicode.Scalar]
  var position = 0
  var ignoresCase = false
  private var depth = 0

  init(_ pattern: String, _ syntax: RegularExpression.Syntax) {
    self.syntax = syntax
    self.pattern = Array(pattern.unicodeScalars)
  }

  var current: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

  mutating func parse() throws(RegularExpressionError) -> Node {
    let node = try alternation()
    if current != nil { throw fault("an unmatched )") }
    return node
  }

  func fault(_ message: String) -> RegularExpressionError {
    RegularExpressionError(description: "\(message) at character \(position + 1)")
  }

  /// Steps over the text if it comes next.
  mutating func skip(_ text: StaticString) -> Bool {
    let expected = text.withUTF8Buffer { $0.map { Unicode.Scalar($0) } }
    guard pattern[position...].starts(with: expected) else { return false }
    position += expected.count
    return true
  }

  mutating func descend<T>(
    _ body: (inout Self) throws(RegularExpressionError) -> T
  ) throws(RegularExpressionError) -> T {
    guard depth < Self.deepest else { throw fault("groups nested deeper than \(Self.deepest)") }
    depth += 1
    let result = try body(&self)
    depth -= 1
    return result
  }

  private mutating func alternation() throws(RegularExpressionError) -> Node {
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func sequence() throws(RegularExpressionError) -> Node {
    var nodes: [Node] = []
    var last = Folding()
    while let scalar = current, scalar != "|", scalar != ")" {
      let start = position
      let node = try quantified(try atom())
      if ignoresCase {
        let isLetter = position == start + 1
        let folded = Folding(
          letter: isLetter ? scalar.properties.lowercaseMapping.unicodeScalars.first : nil, isGroup: scalar == "(")
        if last.mayJoin(folded) { throw fault("letters without regard to case that have a one-letter form") }
        last = folded
      }
      nodes.append(node)
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// What two neighbours need to know about each other where case does not count.
  private struct Folding {
    /// The lower case, for a letter that stands alone.
    var letter: Unicode.Scalar?
    /// Whether it is a group, which may begin and end with any letter.
    var isGroup = false

    /// Two letters that case folding takes for one: ß, ﬀ, ﬁ, ﬂ, ﬆ.
    private static let pairs: [(Unicode.Scalar, Unicode.Scalar)] = [
      ("s", "s"), ("f", "f"), ("f", "i"), ("f", "l"), ("s", "t"),
    ]

    func mayJoin(_ next: Folding) -> Bool {
      Self.pairs.contains { first, second in (isGroup || letter == first) && (next.isGroup || next.letter == second) }
    }
  }

  private mutating func atom() throws(RegularExpressionError) -> Node {
    guard let scalar = current else { throw fault("an expression ends too early") }
    switch scalar {
    case "(": return try descend { parser throws(RegularExpressionError) in try parser.group() }
    case "[":
      return .set(try descend { parser throws(RegularExpressionError) in try parser.bracketed() })
    case "\\": return try escape()
    case "^", "$":
      guard syntax == .python else { throw fault("the anchor \(scalar)") }
      position += 1
      return .assertion(scalar == "^" ? .start : .end(orLineBreak: true))
    case "*", "+", "?": throw fault("a quantifier of nothing")
    case ".":
      position += 1
      return .set(.complement(.scalar("\n")))
    default:
      position += 1
      return .set(try folded(.scalar(scalar)))
    }
  }

  private mutating func group() throws(RegularExpressionError) -> Node {
    position += 1
    let outer = ignoresCase
    defer { ignoresCase = outer }
    let wrap = try groupKind()
    let node = try alternation()
    guard skip(")") else { throw fault("a ) is missing") }
    return wrap(node)
  }

  /// Reads what stands behind `(`: how the group's content is taken.
  private mutating func groupKind() throws(RegularExpressionError) -> (Node) -> Node {
    if skip("?:") { return { .sequence([$0]) } }
    if skip("?=") { return { .lookahead($0, isNegative: false) } }
    if skip("?!") { return { .lookahead($0, isNegative: true) } }
    switch syntax {
    case .oniguruma:
      if skip("?>") { return { .atomic($0) } }
      if skip("?i:") {
        ignoresCase = true
        return { .sequence([$0]) }
      }
      if skip("?-i:") {
        ignoresCase = false
        return { .sequence([$0]) }
      }
    case .python:
      if skip("?P<") {
        guard let end = pattern[position...].firstIndex(of: ">") else { throw fault("a name without its end") }
        position = end + 1
        return { .sequence([$0]) }
      }
    }
    guard current == "?" else { return { .sequence([$0]) } }
    throw fault("a group of the kind (\(String(String.UnicodeScalarView(pattern[position...].prefix(3))))")
  }

  /// An escape outside a class.
  private mutating func escape() throws(RegularExpressionError) -> Node {
    if skip("\\b") { return .assertion(.wordBoundary(isNegative: false)) }
    if skip("\\B") { return .assertion(.wordBoundary(isNegative: true)) }
    if syntax == .python {
      if skip("\\A") { return .assertion(.start) }
      if skip("\\Z") { return .assertion(.end(orLineBreak: false)) }
    }
    return .set(try folded(try escapedSet(inBrackets: false)))
  }
}
