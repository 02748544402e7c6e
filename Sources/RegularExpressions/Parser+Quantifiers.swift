extension Parser {
  /// What follows an atom: in Oniguruma any number of quantifiers, in Python one at most.
  mutating func quantified(_ atom: Node) throws(RegularExpressionError) -> Node {
    var node = atom
    var count = 0
    while let (least, most, isInterval) = try quantifier() {
      count += 1
      if syntax == .python, count > 1 { throw fault("a repetition of a repetition") }
      switch node {
      case .lookahead, .assertion: throw fault("a quantifier of an assertion")
      default: break
      }
      node = .quantified(node, least: least, most: most, try preference(isInterval: isInterval, isExact: least == most))
    }
    return node
  }

  /// `?` behind a quantifier makes it lazy, `+` possessive. To Oniguruma `{1,2}+` is a repetition of a repetition.
  private mutating func preference(
    isInterval: Bool, isExact: Bool
  ) throws(RegularExpressionError) -> Node.Preference {
    if syntax == .oniguruma, isInterval, isExact {
      if current == "?" { throw fault("{n}?") }
      return .greedy
    }
    if skip("?") { return .lazy }
    if syntax == .python || !isInterval, skip("+") { return .possessive }
    return .greedy
  }

  /// A brace that opens no interval stands for itself.
  private mutating func quantifier() throws(RegularExpressionError) -> (Int, Int?, isInterval: Bool)? {
    if skip("*") { return (0, nil, false) }
    if skip("+") { return (1, nil, false) }
    if skip("?") { return (0, 1, false) }
    let start = position
    guard skip("{") else { return nil }
    let least = try integer()
    let hasComma = skip(",")
    let most = hasComma ? try integer() : least
    let isInterval = least != nil || most != nil || hasComma && syntax == .python
    guard skip("}"), isInterval else {
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
