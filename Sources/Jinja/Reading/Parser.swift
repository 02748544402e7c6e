/// Reads a template's tokens into statements.
struct Parser {
  private let tokens: [Token]
  private var index = 0
  /// How deep what is being read lies in others.
  private var depth = 0
  /// Loops around, in which `break` and `continue` may stand.
  var loops = 0
  /// Which of the names that macros have of their own were read in the macro that is being read.
  var mentioned: Set<String> = []

  private init(_ tokens: [Token]) { self.tokens = tokens }

  static func statements(of source: String) throws(JinjaError) -> [Statement] {
    guard source.utf8.count <= Limits.sourceBytes else {
      throw .limit(line: 1, what: "the template has \(source.utf8.count) bytes, at most \(Limits.sourceBytes) are read")
    }
    var parser = Parser(try Lexer.tokens(of: source))
    let statements = try parser.statements(until: [])
    return statements
  }

  // MARK: Tokens

  /// The last token is the end, and nothing goes beyond it.
  var current: Token { tokens[index] }
  var line: Int { current.line }

  func isNext(_ name: String) -> Bool { index + 1 < tokens.count && tokens[index + 1].kind == .name(name) }

  @discardableResult mutating func advance() -> Token {
    let token = tokens[index]
    if index + 1 < tokens.count { index += 1 }
    return token
  }

  func isName(_ name: String) -> Bool { current.kind == .name(name) }
  func isSymbol(_ symbol: String) -> Bool { current.kind == .symbol(symbol) }

  mutating func skip(_ symbol: String) -> Bool {
    guard isSymbol(symbol) else { return false }
    advance()
    return true
  }

  mutating func skipName(_ name: String) -> Bool {
    guard isName(name) else { return false }
    advance()
    return true
  }

  func unexpected(_ expected: String) -> JinjaError {
    .syntax(line: line, message: "\(expected) is expected, \(current.words) was found")
  }

  mutating func expect(_ symbol: String) throws(JinjaError) {
    guard skip(symbol) else { throw unexpected(symbol) }
  }

  mutating func expectName(_ name: String) throws(JinjaError) {
    guard skipName(name) else { throw unexpected(name) }
  }

  mutating func expectTagEnd() throws(JinjaError) {
    guard current.kind == .tagEnd else { throw unexpected("%}") }
    advance()
  }

  mutating func identifier() throws(JinjaError) -> String {
    guard case .name(let name) = current.kind else { throw unexpected("a name") }
    advance()
    return name
  }

  // MARK: Statements

  /// Reads something that may hold others of its kind.
  mutating func nested<T>(_ read: (inout Parser) throws(JinjaError) -> T) throws(JinjaError) -> T {
    guard depth < Limits.nesting else {
      throw .limit(line: line, what: "more than \(Limits.nesting) tags or brackets lie within each other")
    }
    depth += 1
    defer { depth -= 1 }
    return try read(&self)
  }

  /// The statements up to a tag that begins with one of some names, which stays; up to the end if there are none.
  mutating func statements(until ends: [String]) throws(JinjaError) -> [Statement] {
    var statements: [Statement] = []
    while true {
      switch current.kind {
      case .data(let text):
        advance()
        statements.append(.data(text))
      case .outputStart:
        advance()
        statements.append(.output(try outputExpression()))
        guard current.kind == .outputEnd else { throw unexpected("}}") }
        advance()
      case .tagStart:
        advance()
        if case .name(let name) = current.kind, ends.contains(name) { return statements }
        if let statement = try nested({ parser throws(JinjaError) in try parser.statement() }) {
          statements.append(statement)
        }
      case .end where ends.isEmpty: return statements
      default: throw unexpected(ends.map { "{% \($0) %}" }.joined(separator: " or "))
      }
    }
  }

  /// What `{{ }}` holds. `safe` changes nothing in what is written as it stands.
  private mutating func outputExpression() throws(JinjaError) -> Expression {
    let expression = try tuple()
    if case .filter(let inner, let filter) = expression.form, filter.name == "safe",
      filter.arguments.expressions.isEmpty
    {
      return inner
    }
    return expression
  }
}
