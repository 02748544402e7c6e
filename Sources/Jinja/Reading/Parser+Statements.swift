/// What stands in `{% %}`.
extension Parser {
  private static let others = [
    "include", "import", "from", "extends", "block", "autoescape", "do", "trans", "debug",
  ]

  /// The statement whose name comes next, with its end; nil for one that does nothing.
  mutating func statement() throws(JinjaError) -> Statement? {
    let line = line
    let name = try identifier()
    switch name {
    case "if": return try condition()
    case "for": return try loop(line)
    case "set": return try assignment(line)
    case "macro": return try macro()
    case "call": return try callBlock(line)
    case "filter":
      let filters = try filters(first: try filter())
      let body = try outsideLoops { parser throws(JinjaError) in try parser.body(until: "endfilter") }
      return .filter(filters, body: body, line: line)
    case "with": return try with()
    case "generation":
      try expectTagEnd()
      let body = try outsideLoops { parser throws(JinjaError) in try parser.body(until: "endgeneration") }
      return .generation(body)
    case "break", "continue":
      guard loops > 0 else { throw .syntax(line: line, message: "{% \(name) %} outside of a loop") }
      try expectTagEnd()
      return name == "break" ? .stop : .next
    case _ where Self.others.contains(name): throw .unsupported(line: line, construct: "the tag {% \(name) %}")
    default: throw .syntax(line: line, message: "the tag {% \(name) %} is unknown or stands where it cannot")
    }
  }

  /// What stands up to a tag of one word, which goes too.
  private mutating func body(until end: String) throws(JinjaError) -> [Statement] {
    let body = try statements(until: [end])
    advance()
    try expectTagEnd()
    return body
  }

  private mutating func outsideLoops<T>(_ read: (inout Parser) throws(JinjaError) -> T) throws(JinjaError) -> T {
    let around = loops
    loops = 0
    defer { loops = around }
    return try read(&self)
  }

  private mutating func condition() throws(JinjaError) -> Statement {
    var branches: [(condition: Expression, body: [Statement])] = []
    repeat {
      let condition = try tuple(withConditional: false)
      try expectTagEnd()
      branches.append((condition, try statements(until: ["elif", "else", "endif"])))
    } while skipName("elif")
    var otherwise: [Statement] = []
    if skipName("else") {
      try expectTagEnd()
      otherwise = try statements(until: ["endif"])
    }
    try expectName("endif")
    try expectTagEnd()
    return .condition(branches, otherwise: otherwise)
  }

  private mutating func loop(_ line: Int) throws(JinjaError) -> Statement {
    let target = try target(allowsMembers: false)
    if case .name("loop") = target { throw .syntax(line: line, message: "a loop's variable cannot be named loop") }
    try expectName("in")
    let sequence = try tuple(withConditional: false, end: "recursive")
    let condition = skipName("if") ? try expression() : nil
    let isRecursive = skipName("recursive")
    try expectTagEnd()
    loops += 1
    let body = try statements(until: ["endfor", "else"])
    loops -= 1
    var otherwise: [Statement] = []
    if skipName("else") {
      try expectTagEnd()
      otherwise = try statements(until: ["endfor"])
    }
    try expectName("endfor")
    try expectTagEnd()
    return .loop(
      Statement.Loop(
        target: target, sequence: sequence, condition: condition, body: body, otherwise: otherwise,
        isRecursive: isRecursive, line: line))
  }

  private mutating func assignment(_ line: Int) throws(JinjaError) -> Statement {
    let target = try target(allowsMembers: true)
    if skip("=") {
      let value = try tuple()
      try expectTagEnd()
      return .assignment(target, value)
    }
    let filters = try filters()
    let body = try outsideLoops { parser throws(JinjaError) in try parser.body(until: "endset") }
    return .capture(target, filters: filters, body: body, line: line)
  }

  /// Filters up to the tag's end.
  private mutating func filters(first: Expression.Operation? = nil) throws(JinjaError) -> [Expression.Operation] {
    var filters = first.map { [$0] } ?? []
    while skip("|") { filters.append(try filter()) }
    try expectTagEnd()
    return filters
  }

  private mutating func with() throws(JinjaError) -> Statement {
    var values: [(target: Statement.Target, value: Expression)] = []
    while current.kind != .tagEnd {
      if !values.isEmpty { try expect(",") }
      let target = try target(allowsMembers: false, isOne: true)
      try expect("=")
      values.append((target, try expression()))
    }
    try expectTagEnd()
    return .with(values, body: try body(until: "endwith"))
  }

  /// Names between commas, or one name, or a member of a namespace.
  private mutating func target(allowsMembers: Bool, isOne: Bool = false) throws(JinjaError) -> Statement.Target {
    var targets: [Statement.Target] = []
    var isTuple = false
    let isClosed = skip("(")
    repeat {
      if isSymbol(")") || isName("in") || isSymbol("=") { break }
      if isSymbol("(") {
        targets.append(
          try nested { parser throws(JinjaError) in try parser.target(allowsMembers: allowsMembers) })
      } else {
        targets.append(try simpleTarget(allowsMembers: allowsMembers))
      }
      if isOne, !isClosed { break }
      if isSymbol(",") { isTuple = true }
    } while skip(",")
    if isClosed { try expect(")") }
    guard let first = targets.first else { throw unexpected("a name") }
    return isTuple ? .tuple(targets) : first
  }

  private mutating func simpleTarget(allowsMembers: Bool) throws(JinjaError) -> Statement.Target {
    let line = line
    let name = try identifier()
    guard !["true", "false", "none", "True", "False", "None"].contains(name) else {
      throw .syntax(line: line, message: "nothing can be assigned to \(name)")
    }
    guard allowsMembers, skip(".") else { return .name(Text(name)) }
    return .member(Text(name), Text(try identifier()))
  }

  private mutating func macro() throws(JinjaError) -> Statement {
    let name = try identifier()
    let parameters = try parameters()
    let line = line
    let macro = try macro(named: name, parameters, until: "endmacro")
    if macro.mentioned.contains("caller"), parameters.contains(where: { $0.name == "caller" && $0.value == nil }) {
      throw .syntax(line: line, message: "the parameter caller has no value of its own")
    }
    return .macro(macro)
  }

  private mutating func macro(
    named name: String, _ parameters: [(name: Text, value: Expression?)], until end: String
  ) throws(JinjaError) -> Statement.Macro {
    try expectTagEnd()
    let around = mentioned
    mentioned = []
    defer { mentioned = around }
    let body = try outsideLoops { parser throws(JinjaError) in try parser.body(until: end) }
    return Statement.Macro(name: Text(name), parameters: parameters, body: body, mentioned: mentioned)
  }

  private mutating func callBlock(_ line: Int) throws(JinjaError) -> Statement {
    let parameters = isSymbol("(") ? try parameters() : []
    let call = try expression()
    guard case .call = call.form else { throw .syntax(line: line, message: "a call is expected") }
    return .call(call, caller: try macro(named: "caller", parameters, until: "endcall"), line: line)
  }

  private mutating func parameters() throws(JinjaError) -> [(name: Text, value: Expression?)] {
    try expect("(")
    var parameters: [(name: Text, value: Expression?)] = []
    while !isSymbol(")") {
      if !parameters.isEmpty { try expect(",") }
      let line = line
      let parameter = Text(try identifier())
      guard !parameters.contains(where: { $0.name == parameter }) else {
        throw .syntax(line: line, message: "two parameters are named \(parameter.string)")
      }
      let value = skip("=") ? try expression() : nil
      guard value != nil || parameters.last?.value == nil else {
        throw .syntax(line: line, message: "a parameter without a value follows one that has one")
      }
      parameters.append((parameter, value))
    }
    try expect(")")
    return parameters
  }
}
