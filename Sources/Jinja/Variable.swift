/// A value that a template is given.
package indirect enum Variable: Sendable {
  /// `None`.
  case none
  /// `True` or `False`.
  case boolean(Bool)
  /// An integer.
  case integer(Int)
  /// A floating-point number.
  case number(Double)
  /// A text.
  case text(String)
  /// A list.
  case list([Variable])
  /// A dictionary, in its order; of two members of the same name the last counts.
  case dictionary([(name: String, value: Variable)])

  /// The value that an interpreter works with.
  func value(depth: Int = 1) throws(JinjaError) -> Value {
    guard depth <= Limits.valueDepth else {
      throw .limit(line: 1, what: "a variable holds more than \(Limits.valueDepth) lists within each other")
    }
    switch self {
    case .none: return .none
    case .boolean(let value): return .boolean(value)
    case .integer(let value): return .integer(value)
    case .number(let value): return .number(value)
    case .text(let text): return .text(Text(text))
    case .list(let elements):
      return .list(Items(try elements.map { variable throws(JinjaError) in try variable.value(depth: depth + 1) }))
    case .dictionary(let members):
      var table = Table()
      for (name, variable) in members { table[Text(name)] = try variable.value(depth: depth + 1) }
      return .dictionary(table)
    }
  }
}
