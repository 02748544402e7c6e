/// Renders a template once.
final class Renderer {
  /// What is written, or captured.
  private var output: [Unicode.Scalar] = []
  var scope: Scope
  /// The line of what is being computed, for errors.
  var line = 1
  private var steps = 0
  private let mostSteps: Int
  private var depth = 0
  /// The macros so far with the scopes in which they were defined. Values hold their numbers, so that no scope holds itself.
  private(set) var macros: [(macro: Statement.Macro, scope: Scope)] = []
  /// Recursive loops with the scopes around them; likewise.
  var recursiveLoops: [(loop: Statement.Loop, scope: Scope)] = []
  /// The day that `strftime_now` writes.
  let date: CalendarDate?

  init(_ variables: [Text: Value], date: CalendarDate?, mostSteps: Int) {
    scope = Scope(variables)
    self.date = date
    self.mostSteps = mostSteps
  }

  func render(_ statements: [Statement]) throws(JinjaError) -> String {
    _ = try execute(statements)
    return Text(output).string
  }

  // MARK: Bounds

  /// Counts steps: an element of a list is one, so are a few scalars of a text.
  func charge(_ count: Int = 1) throws(JinjaError) {
    // Compared before it is added: no sum overflows.
    guard count <= mostSteps - steps else {
      throw .limit(line: line, what: "the template takes more than \(mostSteps) steps")
    }
    steps += count
  }

  /// Goes a step deeper.
  func deeper<T>(_ body: () throws(JinjaError) -> T) throws(JinjaError) -> T {
    try charge()
    guard depth < Limits.renderingDepth else {
      throw .limit(line: line, what: "expressions, tags and macros lie more than \(Limits.renderingDepth) deep")
    }
    depth += 1
    defer { depth -= 1 }
    return try body()
  }

  /// A text of our making.
  func text(_ text: Text) throws(JinjaError) -> Value {
    try chargeText(text.count)
    return .text(text)
  }

  /// Counts a text before it is made.
  func chargeText(_ count: Int) throws(JinjaError) {
    guard count <= Limits.scalars else {
      throw .limit(line: line, what: "the template makes a text of more than \(Limits.scalars) characters")
    }
    try charge(count / Limits.scalarsOfStep)
  }

  /// Makes a text longer, and counts what is added.
  func append(_ text: Text, to result: inout [Unicode.Scalar]) throws(JinjaError) {
    try chargeText(result.count <= Limits.scalars ? text.count : result.count)
    result += text.scalars
  }

  /// Elements of our making; functions and namespaces stay out, so that no value can hold itself.
  func items(_ elements: [Value]) throws(JinjaError) -> Items {
    try charge(elements.count)
    for element in elements { try checkStorable(element) }
    let items = Items(elements)
    try checkDepth(items.depth)
    return items
  }

  func list(_ elements: [Value]) throws(JinjaError) -> Value { .list(try items(elements)) }

  func checkDepth(_ depth: Int) throws(JinjaError) {
    guard depth <= Limits.valueDepth else {
      throw .limit(line: line, what: "a value holds more than \(Limits.valueDepth) lists within each other")
    }
  }

  func checkStorable(_ value: Value) throws(JinjaError) {
    switch value {
    case .namespace, .loop, .function: throw unsupported("\(value.kind) as a part of a value")
    default: return
    }
  }

  // MARK: Errors

  func failure(_ message: String) -> JinjaError { .failed(line: line, message: message) }

  func unsupported(_ construct: String) -> JinjaError { .unsupported(line: line, construct: construct) }

  // MARK: Output

  func write(_ text: Text) throws(JinjaError) {
    try append(text, to: &output)
  }

  /// What statements write, in a scope of their own.
  func capture(in inner: Scope, _ body: () throws(JinjaError) -> Void) throws(JinjaError) -> Text {
    let (outerOutput, outerScope) = (output, scope)
    (output, scope) = ([], inner)
    defer { (output, scope) = (outerOutput, outerScope) }
    try body()
    return Text(output)
  }

  func define(_ macro: Statement.Macro) throws(JinjaError) {
    try charge()
    scope.set(macro.name, .function(.macro(add(macro))))
  }

  /// The number of a macro that is defined here.
  func add(_ macro: Statement.Macro) -> Int {
    macros.append((macro, scope))
    return macros.count - 1
  }
}
