/// Reads the syntax of Oniguruma by recursive descent, as far as ``RegularExpression`` supports it.
struct RegularExpressionParser {
  /// Deeper groups and classes are refused, so that no pattern exhausts the stack.
  static let deepest = 50

  let pattern: [Unicode.Scalar]
  var position = 0
  var ignoresCase = false
  private var depth = 0

  init(_ pattern: String) { self.pattern = Array(pattern.unicodeScalars) }

  var current: Unicode.Scalar? { position < pattern.count ? pattern[position] : nil }

  mutating func parse() throws(RegularExpressionError) -> RegularExpressionNode {
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

  private mutating func alternation() throws(RegularExpressionError) -> RegularExpressionNode {
    var branches = [try sequence()]
    while skip("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternation(branches)
  }

  private mutating func sequence() throws(RegularExpressionError) -> RegularExpressionNode {
    var nodes: [RegularExpressionNode] = []
    var lastFolded: Unicode.Scalar?
    while let scalar = current, scalar != "|", scalar != ")" {
      let start = position
      let node = try quantified(try atom())
      let folded =
        ignoresCase && position == start + 1 ? scalar.properties.lowercaseMapping.unicodeScalars.first : nil
      if let lastFolded, let folded, Self.foldingPairs.contains([lastFolded, folded]) {
        throw fault("\(lastFolded)\(folded) without regard to case, which has a one-letter form,")
      }
      lastFolded = folded
      nodes.append(node)
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// Two letters that case folding takes for one: ß, ﬀ, ﬁ, ﬂ, ﬆ.
  private static let foldingPairs: Set<[Unicode.Scalar]> = [
    ["s", "s"], ["f", "f"], ["f", "i"], ["f", "l"], ["s", "t"],
  ]

  private mutating func atom() throws(RegularExpressionError) -> RegularExpressionNode {
    guard let scalar = current else { throw fault("an expression ends too early") }
    switch scalar {
    case "(": return try descend { parser throws(RegularExpressionError) in try parser.group() }
    case "[":
      return .set(try descend { parser throws(RegularExpressionError) in try parser.bracketed() })
    case "\\": return try escape()
    case "^", "$": throw fault("the anchor \(scalar)")
    case "*", "+", "?": throw fault("a quantifier of nothing")
    case ".":
      position += 1
      return .set(.complement(.scalar("\n")))
    default:
      position += 1
      return .set(try folded(scalar))
    }
  }

  private mutating func group() throws(RegularExpressionError) -> RegularExpressionNode {
    position += 1
    let outer = ignoresCase
    defer { ignoresCase = outer }
    enum Kind { case plain, atomic, look, negativeLook }
    let kind: Kind
    if skip("?:") {
      kind = .plain
    } else if skip("?=") {
      kind = .look
    } else if skip("?!") {
      kind = .negativeLook
    } else if skip("?>") {
      kind = .atomic
    } else if skip("?i:") {
      ignoresCase = true
      kind = .plain
    } else if skip("?-i:") {
      ignoresCase = false
      kind = .plain
    } else if current == "?" {
      throw fault("a group of the kind (\(String(String.UnicodeScalarView(pattern[position...].prefix(2))))")
    } else {
      kind = .plain
    }
    let node = try alternation()
    guard skip(")") else { throw fault("a ) is missing") }
    switch kind {
    case .plain: return .sequence([node])
    case .atomic: return .atomic(node)
    case .look: return .lookahead(node, negative: false)
    case .negativeLook: return .lookahead(node, negative: true)
    }
  }

  /// An escape outside a class.
  private mutating func escape() throws(RegularExpressionError) -> RegularExpressionNode {
    let start = position
    if skip("\\b") { return .wordBoundary(negative: false) }
    if skip("\\B") { return .wordBoundary(negative: true) }
    position = start
    return .set(try folded(try escapedSet(inBrackets: false)))
  }

  /// Any number of quantifiers after an atom.
  private mutating func quantified(
    _ atom: RegularExpressionNode
  ) throws(RegularExpressionError) -> RegularExpressionNode {
    var node = atom
    while let (least, most, isInterval) = try quantifier() {
      switch node {
      case .lookahead, .wordBoundary: throw fault("a quantifier of an assertion")
      default: break
      }
      var preference = RegularExpressionNode.Preference.greedy
      if isInterval && least == most {
        if current == "?" { throw fault("{n}?") }
      } else if skip("?") {
        preference = .lazy
      } else if !isInterval && skip("+") {
        preference = .possessive
      }
      node = .quantified(node, least: least, most: most, preference)
    }
    return node
  }

  private mutating func quantifier() throws(RegularExpressionError) -> (Int, Int?, isInterval: Bool)? {
    if skip("*") { return (0, nil, false) }
    if skip("+") { return (1, nil, false) }
    if skip("?") { return (0, 1, false) }
    let start = position
    guard skip("{") else { return nil }
    let least = try integer()
    let hasComma = skip(",")
    let most = hasComma ? try integer() : least
    guard skip("}"), least != nil || most != nil else {
      position = start
      return nil
    }
    if let least, let most, most < least { throw fault("an interval that ends before it begins") }
    return (least ?? 0, most, true)
  }

  /// Digits of an interval's bound.
  private mutating func integer() throws(RegularExpressionError) -> Int? {
    var value: Int?
    while let scalar = current, let digit = Int(String(scalar)), scalar.isASCII {
      value = (value ?? 0) * 10 + digit
      if let value, value > 1000 { throw fault("a repetition of more than 1000") }
      position += 1
    }
    return value
  }
}
