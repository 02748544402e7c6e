/// An expression of a template.
struct Expression: Sendable {
  let line: Int
  /// How many expressions there are within each other, this one included.
  let depth: Int
  let form: Form

  indirect enum Form: Sendable {
    case none
    case boolean(Bool)
    case integer(Int)
    case number(Double)
    case text(Text)
    case name(Text)
    case list([Expression])
    case tuple([Expression])
    case dictionary([(key: Expression, value: Expression)])
    case attribute(Expression, Text)
    case item(Expression, Expression)
    case slice(Expression, start: Expression?, end: Expression?, step: Expression?)
    case call(Expression, Arguments)
    case filter(Expression, Operation)
    case test(Expression, Operation)
    case not(Expression)
    case signed(Expression, isNegative: Bool)
    case arithmetic(Expression, Operator, Expression)
    case logical(Expression, isAnd: Bool, Expression)
    /// `a < b < c`: each is computed once, up to the first comparison that fails.
    case comparison(Expression, [(Comparison, Expression)])
    case concatenation([Expression])
    case conditional(Expression, condition: Expression, otherwise: Expression?)
  }

  enum Operator: String, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    case divided = "/"
    case floorDivided = "//"
    case modulo = "%"
    case power = "**"
  }

  enum Comparison: String, Sendable {
    case equal = "=="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
    case within = "in"
    case notWithin = "not in"
  }

  /// What a call is given.
  struct Arguments: Sendable {
    var positional: [Expression] = []
    var named: [(name: Text, value: Expression)] = []
    /// `*list`, behind the positional ones.
    var list: Expression?
    /// `**dictionary`, behind the named ones.
    var dictionary: Expression?

    var expressions: [Expression] {
      positional + named.map(\.value) + [list, dictionary].compactMap { $0 }
    }
  }

  /// A filter or a test with its arguments.
  struct Operation: Sendable {
    var name: String
    var arguments = Arguments()
  }
}
