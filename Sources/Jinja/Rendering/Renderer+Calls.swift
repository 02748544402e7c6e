/// The arguments of a call.
struct Call {
  var positional: [Value] = []
  var named: [(name: Text, value: Value)] = []

  /// The arguments in the order of the parameters that they are for; nil for those that are not given.
  func bound(to parameters: [Text], of name: String, _ renderer: Renderer) throws(JinjaError) -> [Value?] {
    guard positional.count <= parameters.count else {
      throw renderer.failure("\(name) takes at most \(parameters.count) arguments, \(positional.count) are given")
    }
    var values: [Value?] = positional + Array(repeating: nil, count: parameters.count - positional.count)
    for argument in named {
      guard let index = parameters.firstIndex(of: argument.name) else {
        throw renderer.unsupported("the argument \(argument.name.string) of \(name)")
      }
      guard values[index] == nil else { throw renderer.failure("\(name) is given \(argument.name.string) twice") }
      values[index] = argument.value
    }
    return values
  }
}

/// Functions, macros and methods.
extension Renderer {
  func evaluate(_ arguments: Expression.Arguments) throws(JinjaError) -> Call {
    var call = Call(positional: try evaluate(arguments.positional))
    for argument in arguments.named { call.named.append((argument.name, try evaluate(argument.value))) }
    if let list = arguments.list { call.positional += try elements(of: try evaluate(list)) }
    if let dictionary = arguments.dictionary {
      let value = try evaluate(dictionary)
      guard case .dictionary(let table) = value else { throw failure("** is given \(value.kind)") }
      try charge(table.members.count)
      for member in table.members {
        guard case .text(let name) = member.key else { throw failure("** is given \(member.key.kind) as a name") }
        call.named.append((name, member.value))
      }
    }
    return call
  }

  func call(_ callee: Expression, _ arguments: Expression.Arguments, _ line: Int) throws(JinjaError) -> Value {
    try call(try evaluate(callee), try evaluate(arguments), line)
  }

  func call(_ value: Value, _ call: Call, _ line: Int) throws(JinjaError) -> Value {
    self.line = line
    if case .loop(let state) = value { return try again(state, call) }
    guard case .function(let function) = value else { throw failure("\(value.kind) cannot be called") }
    switch function {
    case .global(let name): return try global(name.string, call)
    case .macro(let index): return try run(index, call)
    case .joiner(let joiner):
      _ = try call.bound(to: [], of: "joiner", self)
      defer { joiner.isUsed = true }
      return .text(joiner.isUsed ? joiner.text : "")
    case .method(let receiver, let name): return try method(name.string, of: receiver, call)
    }
  }

  private func global(_ name: String, _ call: Call) throws(JinjaError) -> Value {
    switch name {
    case "range": return try range(call)
    case "dict", "namespace":
      let table = try members(call, of: name)
      guard name == "namespace" else { return .dictionary(table) }
      let namespace = Namespace()
      for member in table.members {
        guard case .text(let name) = member.key else { throw failure("a namespace has names alone") }
        try set(name, to: member.value, in: namespace)
      }
      return .namespace(namespace)
    case "joiner":
      return .function(.joiner(Joiner(try printed(try call.bound(to: ["sep"], of: name, self)[0] ?? .text(", ")))))
    case "strftime_now":
      guard case .text(let format)? = try call.bound(to: ["format"], of: name, self)[0] else {
        throw failure("strftime_now is given no format")
      }
      guard let date else { throw .noDate(line: line) }
      return .text(try formatted(date, format))
    case "raise_exception":
      let message = try call.bound(to: ["message"], of: name, self)[0]
      throw .raised(line: line, message: try printed(message ?? .none).string)
    default: throw unsupported(name)
    }
  }

  private func members(_ call: Call, of name: String) throws(JinjaError) -> Table {
    var table = Table()
    switch call.positional.first {
    case nil: break
    case .dictionary(let first)? where call.positional.count == 1: table = first
    case let pairs? where call.positional.count == 1:
      for pair in try elements(of: pairs) {
        let parts = try elements(of: pair)
        guard parts.count == 2 else { throw failure("\(name) is given \(pair.kind) of \(parts.count) for a pair") }
        try set(parts[0], to: parts[1], in: &table)
      }
    default: throw failure("\(name) takes one dictionary at most")
    }
    for argument in call.named {
      try checkStorable(argument.value)
      table[argument.name] = argument.value
    }
    try charge(table.members.count)
    try checkDepth(table.depth)
    return table
  }

  private func range(_ call: Call) throws(JinjaError) -> Value {
    let bounds = call.positional.compactMap(\.integer)
    guard call.named.isEmpty, (1...3).contains(bounds.count), bounds.count == call.positional.count else {
      throw failure("range takes one to three integers")
    }
    let (start, end) = bounds.count == 1 ? (0, bounds[0]) : (bounds[0], bounds[1])
    let step = bounds.count == 3 ? bounds[2] : 1
    guard step != 0 else { throw failure("the step of a range is 0") }
    let (span, isTooWide) = end.subtractingReportingOverflow(start)
    let (steps, overflows) = span.dividedReportingOverflow(by: step)
    guard !isTooWide, !overflows, step != .min, steps <= Limits.range else {
      throw .limit(line: line, what: "a range of more than \(Limits.range) numbers")
    }
    let elements = stride(from: start, to: end, by: step).map(Value.integer)
    try charge(elements.count)
    return .view(Items(elements), .range)
  }

  /// What a macro writes, in the scope in which it was defined.
  private func run(_ index: Int, _ call: Call) throws(JinjaError) -> Value {
    let (macro, scope) = macros[index]
    let inner = Scope(in: scope)
    let arguments = try give(call, to: macro, in: inner)
    let text = try capture(in: inner) { () throws(JinjaError) in
      for (parameter, argument) in zip(macro.parameters, arguments) {
        if let argument {
          inner.set(parameter.name, argument)
        } else if let value = parameter.value {
          inner.set(parameter.name, try evaluate(value))
        } else {
          inner.set(parameter.name, .undefined("the parameter \(parameter.name.string), which is not given,"))
        }
      }
      _ = try execute(macro.body)
    }
    return .text(text)
  }

  /// A macro's arguments in the order of its parameters; what is beyond them it gets if it mentions it.
  private func give(_ call: Call, to macro: Statement.Macro, in scope: Scope) throws(JinjaError) -> [Value?] {
    let names = macro.parameters.map(\.name)
    var bound = call
    if macro.mentioned.contains("varargs") {
      scope.set("varargs", .tuple(try items(Array(call.positional.dropFirst(names.count)))))
      bound.positional = Array(call.positional.prefix(names.count))
    }
    if macro.mentioned.contains("caller"), !names.contains("caller") {
      let caller = bound.named.first { $0.name == "caller" }?.value
      bound.named.removeAll { $0.name == "caller" }
      scope.set("caller", caller ?? .undefined("caller, which is not given,"))
    }
    if macro.mentioned.contains("kwargs") {
      var others = Table()
      for argument in bound.named where !names.contains(argument.name) {
        try checkStorable(argument.value)
        others[argument.name] = argument.value
      }
      bound.named.removeAll { !names.contains($0.name) }
      scope.set("kwargs", .dictionary(others))
    }
    return try bound.bound(to: names, of: "the macro \(macro.name.string)", self)
  }

  func runCallBlock(_ expression: Expression, _ caller: Statement.Macro, _ line: Int) throws(JinjaError) {
    guard case .call(let callee, let arguments) = expression.form else { return }
    let value = try evaluate(callee)
    var call = try evaluate(arguments)
    call.named.append(("caller", .function(.macro(add(caller)))))
    try write(try printed(try self.call(value, call, line)))
  }

  private func method(_ name: String, of receiver: Value, _ call: Call) throws(JinjaError) -> Value {
    switch receiver {
    case .text(let text): return try textMethod(name, of: text, call)
    case .dictionary(let table): return try dictionaryMethod(name, of: table, call)
    case .loop(let state) where name == "cycle":
      guard !call.positional.isEmpty else { throw failure("loop.cycle is given nothing") }
      return call.positional[state.index % call.positional.count]
    case .loop(let state):
      // loop.changed
      guard call.named.isEmpty else { throw failure("loop.changed takes no names") }
      defer { state.memory.last = call.positional }
      guard let last = state.memory.last, last.count == call.positional.count else { return .boolean(true) }
      for (old, new) in zip(last, call.positional) where try !areEqual(old, new) { return .boolean(true) }
      return .boolean(false)
    case .list(let items), .tuple(let items): return try listMethod(name, of: receiver, items, call)
    default: throw unsupported("the method \(name) of \(receiver.kind)")
    }
  }

  private func dictionaryMethod(_ name: String, of table: Table, _ call: Call) throws(JinjaError) -> Value {
    if name == "get" {
      let arguments = try call.bound(to: ["key", "default"], of: name, self)
      guard call.named.isEmpty, let key = arguments[0] else {
        throw failure("get takes a key and a value without names")
      }
      return try member(key, of: table) ?? arguments[1] ?? .none
    }
    guard !["clear", "pop", "popitem", "setdefault", "update"].contains(name) else { throw changing(name) }
    guard ["keys", "values", "items", "copy"].contains(name) else {
      throw unsupported("the method \(name) of a dictionary")
    }
    _ = try call.bound(to: [], of: name, self)
    switch name {
    case "keys": return .view(try items(table.members.map(\.key)), .keys)
    case "values": return .view(try items(table.members.map(\.value)), .values)
    case "items": return .view(try items(pairs(of: table)), .items)
    default: return .dictionary(table)
    }
  }

  /// What the sandbox of transformers refuses: values are not changed.
  private func changing(_ name: String) -> JinjaError {
    failure("\(name) would change a value, which templates cannot")
  }

  private func listMethod(_ name: String, of list: Value, _ items: Items, _ call: Call) throws(JinjaError) -> Value {
    switch name {
    case "index", "count":
      guard let value = try call.bound(to: ["value"], of: name, self)[0] else {
        throw failure("\(name) is given nothing")
      }
      var count = 0
      for (index, element) in items.elements.enumerated() where try areEqual(element, value) {
        if name == "index" { return .integer(index) }
        count += 1
      }
      if name == "index" { throw failure("\(value.kind) is not in the list") }
      return .integer(count)
    case "copy": return list
    default: throw changing(name)
    }
  }

  /// The member of a key, which may be anything that can be one.
  func member(_ key: Value, of table: Table) throws(JinjaError) -> Value? {
    if case .text(let name) = key { try charge(name.count / 8) }
    guard let found = Key(key) else { throw failure("\(key.kind) is looked for in a dictionary") }
    return table[found]
  }

  func set(_ key: Value, to value: Value, in table: inout Table) throws(JinjaError) {
    guard let place = Key(key) else { throw failure("\(key.kind) cannot be a dictionary's key") }
    try checkStorable(value)
    table.set(key, to: value, at: place)
    try checkDepth(table.depth)
  }

  /// Keys with their values.
  func pairs(of table: Table) throws(JinjaError) -> [Value] {
    var pairs: [Value] = []
    for member in table.members { pairs.append(.tuple(try items([member.key, member.value]))) }
    return pairs
  }
}
