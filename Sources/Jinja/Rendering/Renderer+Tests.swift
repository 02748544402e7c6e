/// Tests: what stands after `is`.
extension Renderer {
  func holds(_ test: Expression.Operation, of value: Value) throws(JinjaError) -> Bool {
    let line = line
    let call = try evaluate(test.arguments)
    self.line = line
    return try self.test(test.name, value, call)
  }

  func test(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Bool {
    if let comparison = Self.comparison(name) {
      guard let other = try call.bound(to: ["other"], of: name, self)[0] else {
        throw failure("\(name) compares with nothing")
      }
      return try holds(value, comparison, other)
    }
    if name == "divisibleby" {
      guard let divisor = try call.bound(to: ["num"], of: name, self)[0] else {
        throw failure("divisibleby is given no number")
      }
      return try areEqual(try arithmetic(value, .modulo, divisor), .integer(0))
    }
    if Self.kinds.contains(name) { _ = try call.bound(to: [], of: name, self) }
    switch name {
    case "sameas":
      switch (value, try call.bound(to: ["other"], of: name, self)[0]) {
      case (.none, .some(.none)): return true
      case (.boolean(let one), .boolean(let other)?): return one == other
      case (.none, _), (.boolean, _), (_, .some(.none)), (_, .boolean?): return false
      default: throw unsupported("the test sameas of \(value.kind)")
      }
    case "even", "odd":
      return try areEqual(try arithmetic(value, .modulo, .integer(2)), .integer(name == "odd" ? 1 : 0))
    case "lower", "upper":
      let text = try printed(value)
      try chargeText(text.count)
      return text.scalars.contains(where: \.properties.isCased) && (name == "lower" ? text.lower : text.upper) == text
    default: return try isKind(name, value)
    }
  }

  private static let kinds = [
    "even", "odd", "lower", "upper", "defined", "undefined", "none", "string", "mapping", "boolean", "integer", "float",
    "number", "true", "false", "iterable", "sequence",
    "callable", "escaped",
  ]

  private static func comparison(_ name: String) -> Expression.Comparison? {
    switch name {
    case "eq", "equalto": .equal
    case "ne": .unequal
    case "lt", "lessthan": .less
    case "le": .atMost
    case "gt", "greaterthan": .more
    case "ge": .atLeast
    case "in": .within
    // As selectattr("n", "==", 1) has them.
    default: ["==", "!=", "<", "<=", ">", ">="].contains(name) ? Expression.Comparison(rawValue: name) : nil
    }
  }

  private func isKind(_ name: String, _ value: Value) throws(JinjaError) -> Bool {
    switch (name, value) {
    case ("defined", _): return value.isDefined
    case ("undefined", _): return !value.isDefined
    case ("none", .none), ("string", .text), ("mapping", .dictionary), ("boolean", .boolean), ("integer", .integer),
      ("float", .number), ("number", .integer), ("number", .number), ("number", .boolean), ("true", .boolean(true)),
      ("false", .boolean(false)):
      return true
    case ("none", _), ("string", _), ("mapping", _), ("boolean", _), ("integer", _), ("float", _), ("number", _),
      ("true", _), ("false", _):
      return false
    case ("callable", .function): return true
    case ("callable", .loop(let state)): return state.recursion.loop != nil
    case ("callable", _): return false
    case ("escaped", .text(let text)): return text.isMarkup
    case ("escaped", _): return false
    case ("iterable", .namespace), ("sequence", .loop), ("iterable", .loop):
      throw unsupported("the test \(name) of \(value.kind)")
    case ("iterable", _): return Self.isIterable(value)
    case ("sequence", .view(_, let view)): return view == .range
    case ("sequence", .iterator): return false
    case ("sequence", _): return Self.isIterable(value)
    default: throw unsupported("the test \(name)")
    }
  }

  private static func isIterable(_ value: Value) -> Bool {
    switch value {
    case .undefined, .text, .list, .tuple, .view, .iterator, .dictionary: true
    default: false
    }
  }
}
