/// Filters of lists.
extension Renderer {
  func listFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    case "map": return try iterator(try mapped(value, call))
    case "select", "reject", "selectattr", "rejectattr": return try iterator(try selected(name, value, call))
    case "length", "count", "first", "last", "list", "items", "reverse": break
    default: return nil
    }
    _ = try call.bound(to: [], of: name, self)
    switch name {
    case "length", "count": return .integer(try length(of: value))
    case "first":
      if case .iterator(let iterator) = value { return iterator.takeFirst() ?? .undefined("the first of no elements") }
      return try elements(of: value).first ?? .undefined("the first of no elements")
    case "last":
      if case .iterator = value { throw failure("an iterator has no last element") }
      return try elements(of: value).last ?? .undefined("the last of no elements")
    case "list": return try list(try elements(of: value))
    case "items":
      switch value {
      case .undefined: return try iterator([])
      case .dictionary(let table): return try iterator(try pairs(of: table))
      default: throw failure("\(value.kind) has no items")
      }
    default:
      if case .text(let text) = value { return try self.text(Text(text.scalars.reversed())) }
      if case .iterator = value { throw failure("an iterator cannot be reversed") }
      return try iterator(try elements(of: value).reversed())
    }
  }

  private func iterator(_ elements: [Value]) throws(JinjaError) -> Value { .iterator(Iterator(try items(elements))) }

  /// `map(attribute="a.b", default=…)` or `map("filter", …)`.
  private func mapped(_ value: Value, _ call: Call) throws(JinjaError) -> [Value] {
    let elements = try elements(of: value)
    if call.positional.isEmpty, !call.named.isEmpty {
      let arguments = try call.bound(to: ["attribute", "default"], of: "map", self)
      guard let path = arguments[0] else { throw failure("map is given no attribute") }
      return try members(path, of: elements, otherwise: arguments[1])
    }
    guard case .text(let name) = call.positional.first else { throw failure("map is given no filter") }
    let inner = Call(positional: Array(call.positional.dropFirst()), named: call.named)
    var results: [Value] = []
    for element in elements { results.append(try apply(name.string, to: element, inner)) }
    return results
  }

  /// What a path of names between dots leads to, in each element.
  func members(_ path: Value, of elements: [Value], otherwise: Value?) throws(JinjaError) -> [Value] {
    var results: [Value] = []
    for element in elements {
      let found = try member(path, of: element)
      results.append(found.isDefined ? found : otherwise ?? found)
    }
    return results
  }

  private func member(_ path: Value, of element: Value) throws(JinjaError) -> Value {
    guard case .text(let path) = path else { return try item(element, path) }
    try charge(path.count)
    var value = element
    for part in path.scalars.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." }) {
      let name = Text(part)
      let isIndex = !part.isEmpty && part.allSatisfy(\.isDigit)
      value = try item(value, isIndex ? Int(name.string).map(Value.integer) ?? .text(name) : .text(name))
    }
    return value
  }

  /// Elements, or those with a member, that a test holds for, or does not.
  private func selected(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> [Value] {
    let isByMember = name == "selectattr" || name == "rejectattr"
    let isKept = name == "select" || name == "selectattr"
    var arguments = call.positional
    guard !isByMember || !arguments.isEmpty else { throw failure("\(name) is given no attribute") }
    let path = isByMember ? arguments.removeFirst() : nil
    guard call.named.isEmpty else { throw unsupported("\(name) with named arguments") }
    var test: String?
    if !arguments.isEmpty {
      guard case .text(let word) = arguments.removeFirst() else { throw failure("\(name) is given no test") }
      test = word.string
    }
    var chosen: [Value] = []
    for element in try elements(of: value) {
      let tested = try path.map { path throws(JinjaError) in try member(path, of: element) } ?? element
      let holds = try test.map { test throws(JinjaError) in try self.test(test, tested, Call(positional: arguments)) }
      if (holds ?? tested.isTrue) == isKept { chosen.append(element) }
    }
    return chosen
  }
}
