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
    return call
  }

  func call(_ callee: Expression, _ arguments: Expression.Arguments, _ line: Int) throws(JinjaError) -> Value {
    let value = try evaluate(callee)
    guard case .function(let function) = value else { throw failure("\(value.kind) cannot be called") }
    let call = try evaluate(arguments)
    self.line = line
    switch function {
    case .global(let name): return try global(name.string, call)
    case .macro(let index): return try run(index, call)
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
      for member in table.members { try set(member.key, to: member.value, in: namespace) }
      return .namespace(namespace)
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
    default: throw unsupported("\(name) of anything but a dictionary")
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
    let arguments = try call.bound(to: macro.parameters.map(\.name), of: "the macro \(macro.name.string)", self)
    let inner = Scope(in: scope)
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

  private func method(_ name: String, of receiver: Value, _ call: Call) throws(JinjaError) -> Value {
    switch receiver {
    case .text(let text): return try textMethod(name, of: text, call)
    case .dictionary(let table): return try dictionaryMethod(name, of: table, call)
    case .loop(let state) where name == "cycle":
      guard !call.positional.isEmpty else { throw failure("loop.cycle is given nothing") }
      return call.positional[state.index % call.positional.count]
    default: throw unsupported("the method \(name) of \(receiver.kind)")
    }
  }

  private func dictionaryMethod(_ name: String, of table: Table, _ call: Call) throws(JinjaError) -> Value {
    if name == "get" {
      let arguments = try call.bound(to: ["key", "default"], of: name, self)
      guard call.named.isEmpty, let key = arguments[0] else {
        throw failure("get takes a key and a value without names")
      }
      guard case .text(let key) = key else { return arguments[1] ?? .none }
      try charge(key.count / 8)
      return table[key] ?? arguments[1] ?? .none
    }
    guard ["keys", "values", "items", "copy"].contains(name) else {
      throw unsupported("the method \(name) of a dictionary")
    }
    _ = try call.bound(to: [], of: name, self)
    switch name {
    case "keys": return .view(try items(table.members.map { .text($0.key) }), .keys)
    case "values": return .view(try items(table.members.map(\.value)), .values)
    case "items": return .view(try items(pairs(of: table)), .items)
    default: return .dictionary(table)
    }
  }

  /// Keys with their values.
  func pairs(of table: Table) throws(JinjaError) -> [Value] {
    var pairs: [Value] = []
    for member in table.members { pairs.append(.tuple(try items([.text(member.key), member.value]))) }
    return pairs
  }
}
