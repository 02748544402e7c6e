/// Equality, order and membership, as Python has them.
extension Renderer {
  func holds(_ left: Value, _ comparison: Expression.Comparison, _ right: Value) throws(JinjaError) -> Bool {
    switch comparison {
    case .equal: try areEqual(left, right)
    case .unequal: try !areEqual(left, right)
    case .less: try isLess(left, right)
    case .more: try isLess(right, left)
    case .atMost: try isLess(left, right, orEqual: true)
    case .atLeast: try isLess(right, left, orEqual: true)
    case .within: try contains(right, left)
    case .notWithin: try !contains(right, left)
    }
  }

  /// Whether two values are equal; values of different kinds are not, but for numbers.
  func areEqual(_ left: Value, _ right: Value) throws(JinjaError) -> Bool {
    try charge()
    switch (left, right) {
    case (.undefined, .undefined), (.none, .none): return true
    case (.text(let left), .text(let right)):
      if left.count == right.count { try charge(left.count / Limits.scalarsOfStep) }
      return left == right
    case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
      return try areEqual(left.elements, right.elements)
    case (.dictionary(let left), .dictionary(let right)): return try areEqual(left, right)
    case (.view, .view), (.iterator, .iterator), (.namespace, .namespace), (.loop, .loop), (.function, .function):
      throw unsupported("comparing \(left.kind) with \(right.kind)")
    default:
      guard let (left, right) = try numbers(left, right) else { return false }
      switch (left, right) {
      case (.integer(let left), .integer(let right)): return left == right
      default: return try number(left) == number(right)
      }
    }
  }

  private func areEqual(_ left: [Value], _ right: [Value]) throws(JinjaError) -> Bool {
    guard left.count == right.count else { return false }
    for (left, right) in zip(left, right) where try !areEqual(left, right) { return false }
    return true
  }

  private func areEqual(_ left: Table, _ right: Table) throws(JinjaError) -> Bool {
    guard left.members.count == right.members.count else { return false }
    for (key, value) in left.members {
      guard let other = try member(key, of: right), try areEqual(value, other) else { return false }
    }
    return true
  }

  func isLess(_ left: Value, _ right: Value, orEqual: Bool = false) throws(JinjaError) -> Bool {
    if case (.text(let left), .text(let right)) = (left, right) {
      try charge(min(left.count, right.count) / Limits.scalarsOfStep)
      return left < right || orEqual && left == right
    }
    guard let (first, second) = try numbers(left, right) else {
      switch (left, right) {
      case (.list(let left), .list(let right)), (.tuple(let left), .tuple(let right)):
        for (one, other) in zip(left.elements, right.elements) where try !areEqual(one, other) {
          return try isLess(one, other)
        }
        return left.elements.count < right.elements.count
          || orEqual && left.elements.count == right.elements.count
      case (.view, .view): throw unsupported("the order of \(left.kind) and another")
      default: throw failure("\(left.kind) and \(right.kind) have no order")
      }
    }
    if case (.integer(let left), .integer(let right)) = (first, second) {
      return orEqual ? left <= right : left < right
    }
    let (one, other) = (try number(first), try number(second))
    return orEqual ? one <= other : one < other
  }

  /// Whether a value is in another one.
  func contains(_ whole: Value, _ part: Value) throws(JinjaError) -> Bool {
    switch whole {
    case .text(let text):
      guard case .text(let part) = part else { throw failure("\(part.kind) is looked for in a text") }
      return try position(of: part, in: text.scalars[...]) != nil
    case .dictionary(let table):
      if case .undefined = part { return false }
      return try member(part, of: table) != nil
    case .list(let items), .tuple(let items), .view(let items, _):
      for element in items.elements where try areEqual(element, part) { return true }
      return false
    case .undefined: return false
    case .iterator: throw unsupported("looking for a value in an iterator")
    default: throw failure("nothing can be in \(whole.kind)")
    }
  }

  /// Where a text begins in another; an empty one at once.
  func position(of part: Text, in whole: ArraySlice<Unicode.Scalar>) throws(JinjaError) -> Int? {
    guard let first = part.scalars.first else { return whole.startIndex }
    guard part.count <= whole.count else { return nil }
    var (start, looked) = (whole.startIndex, 0)
    let last = whole.endIndex - part.count
    while start <= last, let next = whole[start...last].firstIndex(of: first) {
      var length = 1
      while length < part.count, whole[next + length] == part.scalars[length] { length += 1 }
      looked += next - start + length
      if looked > 4096 {
        try charge(looked / Limits.scalarsOfStep)
        looked = 0
      }
      if length == part.count {
        try charge(looked / Limits.scalarsOfStep)
        return next
      }
      start = next + 1
    }
    try charge((looked + max(0, last - start)) / Limits.scalarsOfStep)
    return nil
  }
}
