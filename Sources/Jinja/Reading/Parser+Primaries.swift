/// The smallest expressions and what follows them.
extension Parser {
  mutating func primary() throws(JinjaError) -> Expression {
    let token = current
    let line = token.line
    switch token.kind {
    case .name(let name):
      advance()
      if Statement.Macro.given.contains(name) { mentioned.insert(name) }
      return try make(line, Self.constant(name) ?? .name(Text(name)), of: [])
    case .text:
      var text: [Unicode.Scalar] = []
      while case .text(let part) = current.kind {
        text += part.scalars
        advance()
      }
      return try make(line, .text(Text(text)), of: [])
    case .integer(let value):
      advance()
      return try make(line, .integer(value), of: [])
    case .number(let value):
      advance()
      return try make(line, .number(value), of: [])
    case .symbol("("):
      advance()
      let inner = try nested { parser throws(JinjaError) in try parser.tuple(isClosed: true) }
      try expect(")")
      return inner
    case .symbol("["): return try list()
    case .symbol("{"): return try dictionary()
    default: throw unexpected("an expression")
    }
  }

  private static func constant(_ name: String) -> Expression.Form? {
    switch name {
    case "true", "True": .boolean(true)
    case "false", "False": .boolean(false)
    case "none", "None": Expression.Form.none
    default: nil
    }
  }

  private mutating func list() throws(JinjaError) -> Expression {
    let line = advance().line
    var elements: [Expression] = []
    while !isSymbol("]") {
      if !elements.isEmpty { try expect(",") }
      if isSymbol("]") { break }
      elements.append(try expression())
    }
    try expect("]")
    return try make(line, .list(elements), of: elements)
  }

  private mutating func dictionary() throws(JinjaError) -> Expression {
    let line = advance().line
    var members: [(key: Expression, value: Expression)] = []
    while !isSymbol("}") {
      if !members.isEmpty { try expect(",") }
      if isSymbol("}") { break }
      let key = try expression()
      try expect(":")
      members.append((key, try expression()))
    }
    try expect("}")
    return try make(line, .dictionary(members), of: members.flatMap { [$0.key, $0.value] })
  }

  /// Members, subscripts and calls.
  mutating func postfix(_ expression: Expression) throws(JinjaError) -> Expression {
    var result = expression
    while true {
      let line = line
      if skip(".") {
        if case .integer(let index) = current.kind {
          advance()
          result = try make(line, .item(result, try make(line, .integer(index), of: [])), of: [result])
        } else {
          result = try make(line, .attribute(result, Text(try identifier())), of: [result])
        }
      } else if skip("[") {
        result = try subscripted(result, line)
      } else if isSymbol("(") {
        result = try call(result)
      } else {
        return result
      }
    }
  }

  private mutating func call(_ callee: Expression) throws(JinjaError) -> Expression {
    let line = line
    let arguments = try arguments()
    return try make(line, .call(callee, arguments), of: [callee] + arguments.expressions)
  }

  private mutating func subscripted(_ base: Expression, _ line: Int) throws(JinjaError) -> Expression {
    var parts: [Expression?] = [nil]
    while !isSymbol("]") {
      if isSymbol(",") { throw .unsupported(line: line, construct: "a subscript of several parts") }
      if skip(":") {
        parts.append(nil)
      } else {
        guard parts[parts.count - 1] == nil else { throw unexpected("]") }
        parts[parts.count - 1] = try expression()
      }
    }
    try expect("]")
    guard parts.count <= 3 else { throw .syntax(line: line, message: "a slice has at most three parts") }
    if parts.count == 1 {
      guard let index = parts[0] else { throw .syntax(line: line, message: "a subscript is empty") }
      return try make(line, .item(base, index), of: [base, index])
    }
    let step = parts.count == 3 ? parts[2] : nil
    return try make(
      line, .slice(base, start: parts[0], end: parts[1], step: step), of: [base] + parts.compactMap { $0 })
  }

  mutating func arguments() throws(JinjaError) -> Expression.Arguments {
    try expect("(")
    var arguments = Expression.Arguments()
    var isFirst = true
    while !isSymbol(")") {
      if !isFirst { try expect(",") }
      isFirst = false
      if isSymbol(")") { break }
      if skip("**") {
        guard arguments.dictionary == nil else { throw unexpected("one ** alone") }
        arguments.dictionary = try expression()
        continue
      }
      guard arguments.dictionary == nil else { throw unexpected(")") }
      if skip("*") {
        guard arguments.list == nil else { throw unexpected("one * alone") }
        arguments.list = try expression()
        continue
      }
      let value = try expression()
      if case .name(let name) = value.form, skip("=") {
        arguments.named.append((name, try expression()))
      } else {
        guard arguments.named.isEmpty, arguments.list == nil else { throw unexpected("an argument with a name") }
        arguments.positional.append(value)
      }
    }
    try expect(")")
    return arguments
  }

  /// Filters, tests, and calls of what they give.
  mutating func filtered(_ expression: Expression) throws(JinjaError) -> Expression {
    var result = expression
    while true {
      let line = line
      if skip("|") {
        let filter = try filter()
        result = try make(line, .filter(result, filter), of: [result] + filter.arguments.expressions)
      } else if skipName("is") {
        result = try test(result, line)
      } else if isSymbol("(") {
        result = try call(result)
      } else {
        return result
      }
    }
  }

  mutating func filter() throws(JinjaError) -> Expression.Operation {
    var filter = Expression.Operation(name: try identifier())
    while skip(".") { filter.name += "." + (try identifier()) }
    if isSymbol("(") { filter.arguments = try arguments() }
    return filter
  }

  private mutating func test(_ value: Expression, _ line: Int) throws(JinjaError) -> Expression {
    let isNegated = skipName("not")
    var test = Expression.Operation(name: try identifier())
    while skip(".") { test.name += "." + (try identifier()) }
    if isSymbol("(") {
      test.arguments = try arguments()
    } else if beginsArgument {
      if isName("is") { throw .syntax(line: line, message: "a test follows a test") }
      // One argument needs no brackets: `x is divisibleby 3`.
      let argument = try nested { parser throws(JinjaError) in try parser.postfix(try parser.primary()) }
      test.arguments.positional = [argument]
    }
    let result = try make(line, .test(value, test), of: [value] + test.arguments.expressions)
    return isNegated ? try make(line, .not(result), of: [result]) : result
  }

  private var beginsArgument: Bool {
    switch current.kind {
    case .name(let name): !["else", "or", "and"].contains(name)
    case .text, .integer, .number, .symbol("["), .symbol("{"): true
    default: false
    }
  }
}
