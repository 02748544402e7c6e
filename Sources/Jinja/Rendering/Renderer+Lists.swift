/// Filters of lists.
extension Renderer {
  func listFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    // To Jinja2 nothing at all, none included, is no elements.
    case "map": return try iterator(value.isTrue ? try mapped(value, call) : [])
    case "select", "reject", "selectattr", "rejectattr":
      return try iterator(value.isTrue ? try selected(name, value, call) : [])
    case "sum":
      let arguments = try call.bound(to: ["attribute", "start"], of: name, self)
      var sum = arguments[1] ?? .integer(0)
      for element in try elements(of: value) {
        let added = try arguments[0].map { path throws(JinjaError) in
          try member(path, of: element, otherwise: nil)
        }
        sum = try arithmetic(sum, .plus, added ?? element)
      }
      return sum
    case "batch", "slice": return try divided(name, value, call)
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

  /// `batch(n)`: runs of n elements; `slice(n)`: n runs.
  private func divided(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: [name == "batch" ? "linecount" : "slices", "fill_with"], of: name, self)
    guard let count = arguments[0]?.integer, name == "batch" || count > 0 else {
      throw failure("\(name) is given no number above 0")
    }
    let filler = arguments[1].flatMap { $0.isNone ? nil : $0 }
    let elements = try elements(of: value)
    var runs: [[Value]] = []
    if name == "batch", count <= 0 {
      // As Jinja2 has it: runs of no elements are one that is empty, and all the rest.
      runs = elements.isEmpty ? [] : (count == 0 ? [[], elements] : [elements])
    } else if name == "batch" {
      for start in stride(from: 0, to: elements.count, by: count) {
        runs.append(Array(elements[start..<min(start + min(count, elements.count), elements.count)]))
      }
      if let filler, let last = runs.last, last.count < count {
        try charge(count)
        runs[runs.count - 1] += Array(repeating: filler, count: count - last.count)
      }
    } else {
      try charge(count)
      let (size, longer) = elements.count.quotientAndRemainder(dividingBy: count)
      var start = 0
      for run in 0..<count {
        let end = start + size + (run < longer ? 1 : 0)
        // As Jinja2 has it: a filler for each run that is shorter, also where none is longer.
        runs.append(Array(elements[start..<end]) + (run >= longer ? [filler].compactMap { $0 } : []))
        start = end
      }
    }
    var lists: [Value] = []
    for run in runs { lists.append(try list(run)) }
    return try iterator(lists)
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
    for element in elements { results.append(try member(path, of: element, otherwise: otherwise)) }
    return results
  }

  func member(_ path: Value, of element: Value, otherwise: Value?) throws(JinjaError) -> Value {
    let otherwise = otherwise.flatMap { $0.isNone ? nil : $0 }
    guard case .text(let path) = path else {
      let found = try item(element, path)
      return found.isDefined ? found : otherwise ?? found
    }
    try charge(path.count)
    var value = element
    for part in path.scalars.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." }) {
      let name = Text(part)
      let isIndex = !part.isEmpty && part.allSatisfy(\.isDigit)
      value = try item(value, isIndex ? Int(name.string).map(Value.integer) ?? .text(name) : .text(name))
      if !value.isDefined, let otherwise { value = otherwise }
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
    var test: String?
    if !arguments.isEmpty {
      guard case .text(let word) = arguments.removeFirst() else { throw failure("\(name) is given no test") }
      test = word.string
    }
    var chosen: [Value] = []
    for element in try elements(of: value) {
      let tested = try path.map { path throws(JinjaError) in try member(path, of: element, otherwise: nil) } ?? element
      let holds = try test.map { test throws(JinjaError) in
        try self.test(test, tested, Call(positional: arguments, named: call.named))
      }
      if (holds ?? tested.isTrue) == isKept { chosen.append(element) }
    }
    return chosen
  }
}
