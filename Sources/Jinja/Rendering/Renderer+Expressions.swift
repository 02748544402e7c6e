/// Expressions.
extension Renderer {
  func evaluate(_ expression: Expression) throws(JinjaError) -> Value {
    line = expression.line
    return try deeper { () throws(JinjaError) in try compute(expression) }
  }

  private func compute(_ expression: Expression) throws(JinjaError) -> Value {
    switch expression.form {
    case .none: return .none
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .text(let text): return .text(text)
    case .name(let name): return try variable(name)
    case .list(let elements): return try list(try evaluate(elements))
    case .tuple(let elements): return .tuple(try items(try evaluate(elements)))
    case .dictionary(let members): return try dictionary(members)
    case .attribute(let base, let name): return try attribute(name, of: try evaluate(base))
    case .item(let base, let index): return try item(try evaluate(base), try evaluate(index))
    case .slice(let base, let start, let end, let step): return try slice(base, start, end, step)
    case .call(let callee, let arguments): return try call(callee, arguments, expression.line)
    case .filter(let value, let filter): return try apply(filter, to: try evaluate(value))
    case .test(let value, let test): return .boolean(try holds(test, of: try evaluate(value)))
    case .not(let value): return .boolean(!(try evaluate(value).isTrue))
    case .signed(let value, let isNegative): return try signed(try evaluate(value), isNegative)
    case .arithmetic(let left, let operation, let right):
      let values = (try evaluate(left), try evaluate(right))
      line = expression.line
      return try arithmetic(values.0, operation, values.1)
    case .logical(let left, let isAnd, let right):
      let value = try evaluate(left)
      return value.isTrue == isAnd ? try evaluate(right) : value
    case .comparison(let first, let others): return .boolean(try compare(first, others))
    case .concatenation(let parts): return try concatenate(parts)
    case .conditional(let value, let condition, let otherwise):
      return try choose(value, condition, otherwise)
    }
  }

  func evaluate(_ expressions: [Expression]) throws(JinjaError) -> [Value] {
    var values: [Value] = []
    for expression in expressions { values.append(try evaluate(expression)) }
    return values
  }

  private static let globals: [Text] = ["range", "dict", "namespace", "joiner", "raise_exception", "strftime_now"]
  private static let unsupportedGlobals: [Text] = ["lipsum", "cycler", "self"]

  private func variable(_ name: Text) throws(JinjaError) -> Value {
    try charge(name.count / 8)
    if let value = scope.value(name) { return value }
    if Self.globals.contains(name) { return .function(.global(name)) }
    guard !Self.unsupportedGlobals.contains(name) else { throw unsupported(name.string) }
    return .undefined("\(name.string), which is undefined,")
  }

  private func dictionary(_ members: [(key: Expression, value: Expression)]) throws(JinjaError) -> Value {
    var table = Table()
    for member in members {
      let key = try evaluate(member.key)
      try set(key, to: try evaluate(member.value), in: &table)
    }
    return .dictionary(table)
  }

  private func choose(
    _ value: Expression, _ condition: Expression, _ otherwise: Expression?
  ) throws(JinjaError) -> Value {
    if try evaluate(condition).isTrue { return try evaluate(value) }
    guard let otherwise else { return .undefined("the value of a condition without else") }
    return try evaluate(otherwise)
  }

  private func concatenate(_ parts: [Expression]) throws(JinjaError) -> Value {
    var result: [Unicode.Scalar] = []
    for part in parts {
      try append(try printed(try evaluate(part)), to: &result)
    }
    return .text(Text(result))
  }

  private func compare(
    _ first: Expression, _ others: [(Expression.Comparison, Expression)]
  ) throws(JinjaError) -> Bool {
    var left = try evaluate(first)
    for (comparison, expression) in others {
      let right = try evaluate(expression)
      guard try holds(left, comparison, right) else { return false }
      left = right
    }
    return true
  }
}
