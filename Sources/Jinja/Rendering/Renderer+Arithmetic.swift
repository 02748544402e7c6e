/// Numbers and sums. Integers are those of 64 bits: beyond, Python's would be longer, and the result would differ.
extension Renderer {
  /// Both as numbers, a boolean being 0 or 1; nil where one is no number.
  func numbers(_ left: Value, _ right: Value) throws(JinjaError) -> (Value, Value)? {
    guard let left = number(from: left), let right = number(from: right) else { return nil }
    return (left, right)
  }

  private func number(from value: Value) -> Value? {
    if case .number = value { return value }
    return value.integer.map(Value.integer)
  }

  /// A number in floating point; an integer that it does not hold exactly is refused.
  func number(_ value: Value) throws(JinjaError) -> Double {
    switch value {
    case .number(let value): return value
    case .integer(let value):
      guard let exact = Double(exactly: value) else { throw unsupported("an integer beyond 53 bits among fractions") }
      return exact
    default: throw failure("\(value.kind) is no number")
    }
  }

  func signed(_ value: Value, _ isNegative: Bool) throws(JinjaError) -> Value {
    if case .number(let value) = value { return .number(isNegative ? -value : value) }
    guard let value = value.integer else { throw failure("\(value.kind) has no sign") }
    return isNegative ? .integer(try fitting((0).subtractingReportingOverflow(value))) : .integer(value)
  }

  private func fitting(_ result: (partialValue: Int, overflow: Bool)) throws(JinjaError) -> Int {
    guard !result.overflow else { throw unsupported("an integer beyond 64 bits") }
    return result.partialValue
  }

  func arithmetic(
    _ left: Value, _ operation: Expression.Operator, _ right: Value
  ) throws(JinjaError) -> Value {
    if let (first, second) = try numbers(left, right) {
      if case (.integer(let one), .integer(let other)) = (first, second), operation != .divided {
        return try integers(one, operation, other)
      }
      return .number(try fractions(try number(first), operation, try number(second)))
    }
    switch (operation, left, right) {
    case (.plus, .text(let left), .text(let right)):
      try chargeText(left.count + right.count)
      guard left.isMarkup || right.isMarkup else { return .text(Text(left.scalars + right.scalars)) }
      return .text(Text(left.escaped.scalars + right.escaped.scalars).markup)
    case (.plus, .list(let left), .list(let right)): return try list(left.elements + right.elements)
    case (.plus, .tuple(let left), .tuple(let right)): return .tuple(try items(left.elements + right.elements))
    case (.times, _, _):
      if let count = right.integer { return try repeated(left, count) }
      if let count = left.integer { return try repeated(right, count) }
    case (.modulo, .text(let format), _): return .text(try formatted(format, percent: right))
    default: break
    }
    throw failure("\(left.kind) \(operation.rawValue) \(right.kind) is no sum that can be computed")
  }

  private func repeated(_ value: Value, _ count: Int) throws(JinjaError) -> Value {
    let count = max(0, count)
    switch value {
    case .text(let text):
      try chargeText(text.isEmpty ? 0 : try fitting(text.count.multipliedReportingOverflow(by: count)))
      return .text(Text(repeatElement(text.scalars, count: text.isEmpty ? 0 : count).joined()))
    case .list(let items), .tuple(let items):
      let isEmpty = items.elements.isEmpty
      try charge(isEmpty ? 0 : try fitting(items.elements.count.multipliedReportingOverflow(by: count)))
      let elements = Array(repeatElement(items.elements, count: isEmpty ? 0 : count).joined())
      return if case .list = value { try list(elements) } else { .tuple(try self.items(elements)) }
    default: throw failure("\(value.kind) cannot be repeated")
    }
  }

  private func integers(_ left: Int, _ operation: Expression.Operator, _ right: Int) throws(JinjaError) -> Value {
    switch operation {
    case .plus: return .integer(try fitting(left.addingReportingOverflow(right)))
    case .minus: return .integer(try fitting(left.subtractingReportingOverflow(right)))
    case .times: return .integer(try fitting(left.multipliedReportingOverflow(by: right)))
    case .power where right < 0:
      guard left != 0 else { throw failure("a division by 0") }
      return .number(raised(try number(.integer(left)), to: try number(.integer(right))))
    case .power: return .integer(try power(left, right))
    case .floorDivided, .modulo, .divided:
      guard right != 0 else { throw failure("a division by 0") }
      let quotient = try fitting(left.dividedReportingOverflow(by: right))
      let remainder = left - quotient * right
      // Python's remainder has the sign of the divisor.
      let isShifted = remainder != 0 && (remainder < 0) != (right < 0)
      return .integer(operation == .modulo ? remainder + (isShifted ? right : 0) : quotient - (isShifted ? 1 : 0))
    }
  }

  private func power(_ base: Int, _ exponent: Int) throws(JinjaError) -> Int {
    var (result, left) = (1, exponent)
    while left > 0, ![0, 1].contains(base) {
      try charge()
      result = try fitting(result.multipliedReportingOverflow(by: base))
      left -= 1
    }
    return base == 0 && exponent > 0 ? 0 : result
  }

  private func fractions(
    _ left: Double, _ operation: Expression.Operator, _ right: Double
  ) throws(JinjaError) -> Double {
    switch operation {
    case .plus: return left + right
    case .minus: return left - right
    case .times: return left * right
    case .divided:
      guard right != 0 else { throw failure("a division by 0") }
      return left / right
    case .floorDivided, .modulo:
      guard right != 0 else { throw failure("a division by 0") }
      // As CPython has them: the remainder is exact and has the sign of the divisor.
      var remainder = left.truncatingRemainder(dividingBy: right)
      if remainder != 0, (remainder < 0) != (right < 0) { remainder += right }
      if remainder == 0 { remainder = right < 0 ? -0.0 : 0 }
      if operation == .modulo { return remainder }
      let quotient = (left - remainder) / right
      let floor = quotient.rounded(.down)
      return quotient - floor > 0.5 ? floor + 1 : floor
    case .power:
      guard left != 0 || right >= 0 else { throw failure("a division by 0") }
      guard left >= 0 || right == right.rounded() else { throw unsupported("a root of a negative number") }
      let result = raised(left, to: right)
      guard result.isFinite || !left.isFinite || !right.isFinite else { throw failure("a power that is too large") }
      return result
    }
  }
}
