/// Statements.
extension Renderer {
  /// How a statement ends.
  enum Flow {
    case on, next, stop
  }

  func execute(_ statements: [Statement]) throws(JinjaError) -> Flow {
    for statement in statements {
      let flow = try deeper { () throws(JinjaError) in try execute(statement) }
      if flow != .on { return flow }
    }
    return .on
  }

  private func execute(_ statement: Statement) throws(JinjaError) -> Flow {
    switch statement {
    case .data(let text): try write(text)
    case .output(let expression): try write(try printed(try evaluate(expression)))
    case .condition(let branches, let otherwise): return try choose(branches, otherwise)
    case .loop(let loop): return try run(loop)
    case .assignment(let target, let expression): try assign(try evaluate(expression), to: target)
    case .capture(let target, let filters, let body, let line):
      self.line = line
      try capture(body, filters, to: target)
    case .macro(let macro): try define(macro)
    case .call(let call, let caller, let line): try runCallBlock(call, caller, line)
    case .filter(let filters, let body, let line):
      self.line = line
      try write(try printed(try filtered(body, filters)))
    case .with(let values, let body): return try run(values, body)
    case .generation(let body):
      try write(try capture(in: Scope(in: scope)) { () throws(JinjaError) in _ = try execute(body) })
    case .stop: return .stop
    case .next: return .next
    }
    return .on
  }

  private func choose(
    _ branches: [(condition: Expression, body: [Statement])], _ otherwise: [Statement]
  ) throws(JinjaError) -> Flow {
    for branch in branches where try evaluate(branch.condition).isTrue { return try execute(branch.body) }
    return try execute(otherwise)
  }

  private func capture(
    _ body: [Statement], _ filters: [Expression.Operation], to target: Statement.Target
  ) throws(JinjaError) {
    try assign(try filtered(body, filters), to: target)
  }

  /// What statements write, after filters.
  private func filtered(
    _ body: [Statement], _ filters: [Expression.Operation]
  ) throws(JinjaError) -> Value {
    var value: Value = .text(
      try capture(in: Scope(in: scope)) { () throws(JinjaError) in _ = try execute(body) })
    for filter in filters { value = try apply(filter, to: value) }
    return value
  }

  private func run(
    _ values: [(target: Statement.Target, value: Expression)], _ body: [Statement]
  ) throws(JinjaError) -> Flow {
    let outer = scope
    defer { scope = outer }
    let inner = Scope(in: outer)
    for (target, expression) in values {
      let value = try evaluate(expression)
      scope = inner
      try assign(value, to: target)
      scope = outer
    }
    scope = inner
    return try execute(body)
  }

  func assign(_ value: Value, to target: Statement.Target) throws(JinjaError) {
    switch target {
    case .name(let name): scope.set(name, value)
    case .member(let name, let member):
      guard case .namespace(let namespace) = scope.value(name) else {
        throw failure("\(name.string) is no namespace, so \(member.string) cannot be set")
      }
      try set(member, to: value, in: namespace)
    case .tuple(let targets):
      let elements = try elements(of: value)
      guard elements.count == targets.count else {
        throw failure("\(targets.count) values are expected, \(elements.count) were found")
      }
      for (target, element) in zip(targets, elements) { try assign(element, to: target) }
    }
  }

  func set(_ member: Text, to value: Value, in namespace: Namespace) throws(JinjaError) {
    guard member.scalars.first != "_" else { throw failure("a namespace has no member \(member.string)") }
    try checkStorable(value)
    try checkDepth(value.depth + 1)
    namespace.members[member] = value
  }

  // MARK: Loops

  private func run(_ loop: Statement.Loop) throws(JinjaError) -> Flow {
    line = loop.line
    var recursion: (loop: Int?, depth: Int) = (nil, 0)
    if loop.isRecursive {
      recursiveLoops.append((loop, scope))
      recursion.loop = recursiveLoops.count - 1
    }
    return try run(loop, over: try elements(of: try evaluate(loop.sequence)), recursion)
  }

  /// `loop(…)`: what a recursive loop writes of other elements.
  func again(_ state: LoopState, _ call: Call) throws(JinjaError) -> Value {
    guard let number = state.recursion.loop else { throw failure("a loop is called that is not recursive") }
    guard let sequence = try call.bound(to: ["iterable"], of: "loop", self)[0] else {
      throw failure("loop is given nothing")
    }
    let (loop, scope) = recursiveLoops[number]
    let elements = try elements(of: sequence)
    return try deeper { () throws(JinjaError) in
      .text(
        try capture(in: scope) { () throws(JinjaError) in
          _ = try run(loop, over: elements, (number, state.recursion.depth + 1))
        })
    }
  }

  private func run(
    _ loop: Statement.Loop, over all: [Value], _ recursion: (loop: Int?, depth: Int)
  ) throws(JinjaError) -> Flow {
    let outer = scope
    defer { scope = outer }
    let elements = try chosen(loop, all)
    let memory = LoopMemory()
    // As Jinja2 compiles it, `else` is skipped by an iteration that came to its end.
    var isDone = false
    for (index, element) in elements.enumerated() {
      try charge()
      scope = Scope(in: outer)
      try assign(element, to: loop.target)
      scope.set("loop", .loop(LoopState(index: index, elements: elements, memory: memory, recursion: recursion)))
      let flow = try execute(loop.body)
      if flow == .stop { break }
      if flow == .on { isDone = true }
    }
    guard !isDone else { return .on }
    scope = outer
    return try execute(loop.otherwise)
  }

  /// The elements that the loop's condition holds for.
  private func chosen(_ loop: Statement.Loop, _ elements: [Value]) throws(JinjaError) -> [Value] {
    guard let condition = loop.condition else { return elements }
    let outer = scope
    defer { scope = outer }
    var chosen: [Value] = []
    for element in elements {
      scope = Scope(in: outer)
      try assign(element, to: loop.target)
      if try evaluate(condition).isTrue { chosen.append(element) }
    }
    return chosen
  }
}
