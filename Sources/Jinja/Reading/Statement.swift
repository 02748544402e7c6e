/// A part of a template.
indirect enum Statement: Sendable {
  case data(Text)
  case output(Expression)
  case condition([(condition: Expression, body: [Statement])], otherwise: [Statement])
  case loop(Loop)
  case assignment(Target, Expression)
  /// `{% set name %}…{% endset %}`, with filters.
  case capture(Target, filters: [Expression.Operation], body: [Statement], line: Int)
  case macro(Macro)
  /// `{% call(…) macro(…) %}…{% endcall %}`: what stands within is the macro's `caller`.
  case call(Expression, caller: Macro, line: Int)
  /// `{% filter … %}…{% endfilter %}`.
  case filter([Expression.Operation], body: [Statement], line: Int)
  /// `{% with name = … %}…{% endwith %}`.
  case with([(target: Target, value: Expression)], body: [Statement])
  /// `{% generation %}`: what transformers takes for the assistant's words; it changes no text.
  case generation([Statement])
  case stop
  case next

  struct Loop: Sendable {
    var target: Target
    var sequence: Expression
    var condition: Expression?
    var body: [Statement]
    var otherwise: [Statement]
    var isRecursive: Bool
    var line: Int
  }

  struct Macro: Sendable {
    var name: Text
    var parameters: [(name: Text, value: Expression?)]
    var body: [Statement]
    /// Which of ``given`` it mentions; only what it mentions can be given to it.
    var mentioned: Set<String>

    /// What a macro may be given beside its parameters.
    static let given: Set = ["varargs", "kwargs", "caller"]
  }

  /// What a value is assigned to.
  indirect enum Target: Sendable {
    case name(Text)
    /// A member of a namespace.
    case member(Text, Text)
    case tuple([Target])
  }
}
