/// Expressions, with the precedence of Jinja2.
extension Parser {
  /// An expression from its parts, no deeper than allowed.
  func make(_ line: Int, _ form: Expression.Form, of parts: [Expression]) throws(JinjaError) -> Expression {
    let depth = 1 + (parts.map(\.depth).max() ?? 0)
    guard depth <= Limits.expressionDepth else {
      throw .limit(line: line, what: "an expression of more than \(Limits.expressionDepth) parts within each other")
    }
    return Expression(line: line, depth: depth, form: form)
  }

  mutating func expression() throws(JinjaError) -> Expression {
    try nested { parser throws(JinjaError) in try parser.conditional() }
  }

  /// `a if b else c`, or what binds closer.
  private mutating func conditional() throws(JinjaError) -> Expression {
    var result = try logical(isAnd: false)
    while isName("if") {
      let line = advance().line
      let condition = try logical(isAnd: false)
      let otherwise = skipName("else") ? try expression() : nil
      result = try make(
        line, .conditional(result, condition: condition, otherwise: otherwise),
        of: [result, condition] + [otherwise].compactMap { $0 })
    }
    return result
  }

  private mutating func logical(isAnd: Bool) throws(JinjaError) -> Expression {
    var left = isAnd ? try negation() : try logical(isAnd: true)
    while isName(isAnd ? "and" : "or") {
      let line = advance().line
      let right = isAnd ? try negation() : try logical(isAnd: true)
      left = try make(line, .logical(left, isAnd: isAnd, right), of: [left, right])
    }
    return left
  }

  private mutating func negation() throws(JinjaError) -> Expression {
    guard isName("not") else { return try comparison() }
    let line = advance().line
    let inner = try nested { parser throws(JinjaError) in try parser.negation() }
    return try make(line, .not(inner), of: [inner])
  }

  private mutating func comparison() throws(JinjaError) -> Expression {
    let line = line
    let first = try arithmetic(0)
    var others: [(Expression.Comparison, Expression)] = []
    while let comparison = comparisonOperator {
      advance()
      if comparison == .notWithin { advance() }
      others.append((comparison, try arithmetic(0)))
    }
    return others.isEmpty ? first : try make(line, .comparison(first, others), of: [first] + others.map(\.1))
  }

  private var comparisonOperator: Expression.Comparison? {
    switch current.kind {
    case .symbol(let symbol): Expression.Comparison(rawValue: symbol)
    case .name("in"): .within
    case .name("not") where isNext("in"): .notWithin
    default: nil
    }
  }

  /// What binds closer and closer: sums, `~`, products, powers. All go from left to right.
  private static let levels = [["+", "-"], ["~"], ["*", "/", "//", "%"], ["**"]]

  private mutating func arithmetic(_ level: Int) throws(JinjaError) -> Expression {
    guard level < Self.levels.count else { return try signed(withFilters: true) }
    var left = try arithmetic(level + 1)
    var texts = [left]
    while case .symbol(let symbol) = current.kind, Self.levels[level].contains(symbol) {
      let line = advance().line
      let right = try arithmetic(level + 1)
      if let operation = Expression.Operator(rawValue: symbol) {
        left = try make(line, .arithmetic(left, operation, right), of: [left, right])
      } else {
        texts.append(right)
      }
    }
    return texts.count == 1 ? left : try make(left.line, .concatenation(texts), of: texts)
  }

  /// A sign binds closer than a filter.
  private mutating func signed(withFilters: Bool) throws(JinjaError) -> Expression {
    var result: Expression
    if isSymbol("-") || isSymbol("+") {
      let isNegative = isSymbol("-")
      let line = advance().line
      let inner = try nested { parser throws(JinjaError) in try parser.signed(withFilters: false) }
      result = try make(line, .signed(inner, isNegative: isNegative), of: [inner])
    } else {
      result = try primary()
    }
    result = try postfix(result)
    return withFilters ? try filtered(result) : result
  }

  /// Expressions between commas, without brackets around: one alone is itself.
  mutating func tuple(
    withConditional: Bool = true, isClosed: Bool = false, end: String? = nil
  ) throws(JinjaError) -> Expression {
    let line = line
    var elements: [Expression] = []
    var isTuple = false
    repeat {
      if isEndOfTuple(end) { break }
      elements.append(
        withConditional
          ? try expression() : try nested { parser throws(JinjaError) in try parser.logical(isAnd: false) })
      if isSymbol(",") { isTuple = true }
    } while skip(",")
    if !isTuple, let only = elements.first { return only }
    guard isTuple || isClosed else { throw unexpected("an expression") }
    return try make(line, .tuple(elements), of: elements)
  }

  private func isEndOfTuple(_ end: String?) -> Bool {
    switch current.kind {
    case .outputEnd, .tagEnd, .symbol(")"): true
    case .name(let name): name == end
    default: false
    }
  }
}
