import Foundation

/// Texts with places for values: Python's `%` and `str.format`.
extension Renderer {
  /// How a value is written at its place.
  struct Format {
    /// Letters beside `fill` say where the padding goes: <, >, ^ or =.
    var fill: Unicode.Scalar = " "
    var align: Unicode.Scalar?
    var sign: Unicode.Scalar = "-"
    var isAlternate = false
    var width = 0
    var grouping: Unicode.Scalar?
    var precision: Int?
    var kind: Unicode.Scalar?
  }

  /// Widths and precisions that a text has; beyond, it is none.
  private static let mostDigits = 1_000

  /// A number at a place of a text, which moves behind it; nil where there is none.
  private func digits(_ scalars: [Unicode.Scalar], _ index: inout Int) throws(JinjaError) -> Int? {
    var value: Int?
    while index < scalars.count, let digit = Int(String(scalars[index])), scalars[index].isDigit {
      value = (value ?? 0) * 10 + digit
      guard value ?? 0 <= Self.mostDigits else { throw unsupported("a width of more than \(Self.mostDigits)") }
      index += 1
    }
    return value
  }

  // MARK: %

  /// `"…%s…" % values`.
  func formatted(_ format: Text, percent values: Value) throws(JinjaError) -> Text {
    let scalars = format.scalars
    var rest: ArraySlice<Value> = if case .tuple(let items) = values { items.elements[...] } else { [values] }
    var (result, usesNames, index) = ([Unicode.Scalar](), false, 0)
    let next = { () throws(JinjaError) -> Value in
      guard let value = rest.popFirst() else { throw self.failure("% is given too few values") }
      return value
    }
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      guard scalar == "%" else {
        result.append(scalar)
        continue
      }
      var value: Value?
      if index < scalars.count, scalars[index] == "(" {
        guard let end = scalars[index...].firstIndex(of: ")") else { throw failure("a name in % does not end") }
        guard case .dictionary(let table) = values else { throw failure("% with names is given \(values.kind)") }
        let name = Text(scalars[(index + 1)..<end])
        guard let found = table[name] else { throw failure("% is given no \(name.string)") }
        (value, usesNames, index) = (found, true, end + 1)
      }
      var shape = try percentShape(scalars, &index, next)
      guard index < scalars.count else { throw failure("% is not followed by a letter") }
      shape.kind = scalars[index]
      index += 1
      if shape.kind == "%" {
        result.append("%")
      } else {
        if value == nil { value = try next() }
        try append(try percent(value ?? .none, shape), to: &result)
      }
    }
    let isNamed = if case .dictionary = values { true } else { usesNames }
    guard rest.isEmpty || isNamed || values.isItems else { throw failure("% is given too many values") }
    return Text(result)
  }

  private func percentShape(
    _ scalars: [Unicode.Scalar], _ index: inout Int, _ next: () throws(JinjaError) -> Value
  ) throws(JinjaError) -> Format {
    var shape = Format(align: ">")
    while index < scalars.count, ["-", "+", " ", "0", "#"].contains(scalars[index]) {
      switch scalars[index] {
      case "-": shape.align = "<"
      case "0": shape.fill = "0"
      case "#": shape.isAlternate = true
      case " " where shape.sign == "+": break
      default: shape.sign = scalars[index]
      }
      index += 1
    }
    if index < scalars.count, scalars[index] == "*" { throw unsupported("* in %") }
    shape.width = try digits(scalars, &index) ?? 0
    if index < scalars.count, scalars[index] == "." {
      index += 1
      shape.precision = try digits(scalars, &index) ?? 0
    }
    while index < scalars.count, ["h", "l", "L"].contains(scalars[index]) { index += 1 }
    return shape
  }

  private func percent(_ value: Value, _ shape: Format) throws(JinjaError) -> Text {
    var shape = shape
    let isNumber: Bool
    switch shape.kind {
    case "s", "r", "a":
      guard shape.kind != "a" else { throw unsupported("%a") }
      let text = shape.kind == "r" ? try represented(value) : try printed(value)
      shape.fill = " "
      return try padded(Text(text.scalars.prefix(shape.precision ?? .max)), shape)
    case "c":
      if case .text(let text) = value, text.count == 1 { return try padded(text, shape) }
      throw unsupported("%c of \(value.kind)")
    case "d", "i", "u":
      let whole: Int
      switch value {
      case .number(let number):
        guard let integer = Int(exactly: number.rounded(.towardZero)) else {
          throw unsupported("an integer beyond 64 bits")
        }
        whole = integer
      default:
        guard let integer = value.integer else { throw failure("%d is given \(value.kind)") }
        whole = integer
      }
      shape.kind = "d"
      let least = shape.precision ?? 0
      shape.precision = nil
      if least > 0 { throw unsupported("%d with a precision") }
      return try self.number(.integer(whole), zeroPadded(shape))
    case "x", "X", "o":
      guard value.integer != nil else { throw failure("% is given \(value.kind) for an integer") }
      isNumber = true
    case "e", "E", "f", "F", "g", "G": isNumber = true
    default: throw failure("% is followed by a letter that it does not know")
    }
    guard isNumber, value.isNumber else { throw failure("% is given \(value.kind) for a number") }
    let isFraction = !["x", "X", "o"].contains(shape.kind)
    return try number(isFraction ? .number(try number(numbers(value, value)?.0 ?? value)) : value, zeroPadded(shape))
  }

  private func zeroPadded(_ shape: Format) -> Format {
    var shape = shape
    if shape.fill == "0" {
      if shape.align == "<" { shape.fill = " " } else { shape.align = "=" }
    }
    return shape
  }

  // MARK: Padding and numbers

  private func padded(_ text: Text, _ shape: Format, signs: Int = 0) throws(JinjaError) -> Text {
    try chargeText(max(text.count, shape.width))
    let missing = max(0, shape.width - text.count)
    let (left, right) =
      switch shape.align {
      case ">": (missing, 0)
      case "^": (missing / 2, missing - missing / 2)
      case "=": (0, 0)
      default: (0, missing)
      }
    let inside = shape.align == "=" ? missing : 0
    let fill = { (count: Int) in Array(repeating: shape.fill, count: count) }
    return Text(fill(left) + text.scalars.prefix(signs) + fill(inside) + text.scalars.dropFirst(signs) + fill(right))
  }

  /// A number as Python's `format` writes it.
  func number(_ value: Value, _ shape: Format) throws(JinjaError) -> Text {
    let (isNegative, prefix, digits) = try unsigned(value, shape)
    let sign = isNegative ? "-" : shape.sign == "-" ? "" : String(shape.sign)
    var whole = digits
    if let mark = shape.grouping {
      let first = digits.prefix { $0.isHexDigit }
      var groups = ""
      for (place, digit) in first.enumerated() {
        let size = ["x", "X", "o", "b"].contains(shape.kind) ? 4 : 3
        if place > 0, (first.count - place) % size == 0 { groups.unicodeScalars.append(mark) }
        groups.append(digit)
      }
      if shape.align == "=", shape.fill == "0" { throw unsupported("a grouped number filled up with zeros") }
      whole = groups + digits.dropFirst(first.count)
    }
    var shape = shape
    if shape.align == nil { shape.align = ">" }
    return try padded(Text(sign + prefix + whole), shape, signs: sign.utf8.count + prefix.utf8.count)
  }

  private func unsigned(
    _ value: Value, _ shape: Format
  ) throws(JinjaError) -> (isNegative: Bool, prefix: String, digits: String) {
    if let integer = value.integer, ![("e" as Unicode.Scalar), "E", "f", "F", "g", "G", "%"].contains(shape.kind) {
      guard shape.precision == nil else { throw failure("an integer has no precision") }
      let bases: [Unicode.Scalar: Int] = ["x": 16, "X": 16, "o": 8, "b": 2, "d": 10, "n": 10]
      guard let radix = shape.kind.map({ bases[$0] }) ?? 10 else {
        throw shape.kind == "c" ? unsupported("the format c") : failure("an integer has no such format")
      }
      let digits = String(integer.magnitude, radix: radix, uppercase: shape.kind == "X")
      let prefix = shape.isAlternate && radix != 10 ? "0\(shape.kind.map(String.init) ?? "")" : ""
      return (integer < 0, prefix, digits)
    }
    let number = try number(numbers(value, value)?.0 ?? value)
    guard number.isFinite else { throw unsupported("the format of infinity or nan") }
    let isNegative = number.sign == .minus
    let size = number.magnitude
    switch shape.kind {
    case nil:
      guard let precision = shape.precision else {
        return (isNegative, "", try represented(.number(size)).string)
      }
      throw unsupported("the format .\(precision) without a letter")
    case "e", "E", "f", "F", "g", "G":
      let letter = shape.kind.map(String.init) ?? "f"
      let alternate = shape.isAlternate ? "#" : ""
      return (isNegative, "", String(format: "%\(alternate).\(shape.precision ?? 6)\(letter)", size))
    case "%":
      return (isNegative, "", String(format: "%.\(shape.precision ?? 6)f%%", size * 100))
    default: throw failure("a fraction has no such format")
    }
  }

  /// `round` of a fraction, to the nearest of its decimal forms.
  func rounded(_ number: Double, toDigits digits: Int) -> Double? {
    guard (0...300).contains(digits), number.isFinite else { return nil }
    return Double(String(format: "%.\(digits)f", number))
  }

  func raised(_ base: Double, to exponent: Double) -> Double { pow(base, exponent) }

  // MARK: str.format

  /// `"…{}…".format(…)`.
  func formatted(_ format: Text, _ call: Call) throws(JinjaError) -> Text {
    var automatic = 0
    return try formatted(format.scalars, call, &automatic, depth: 0)
  }

  private func formatted(
    _ scalars: [Unicode.Scalar], _ call: Call, _ automatic: inout Int, depth: Int
  ) throws(JinjaError) -> Text {
    guard depth < 2 else { throw failure("format goes too deep") }
    try charge(scalars.count / Limits.scalarsOfStep)
    var (result, index) = ([Unicode.Scalar](), 0)
    while index < scalars.count {
      let scalar = scalars[index]
      index += 1
      let isDoubled = index < scalars.count && scalars[index] == scalar
      guard scalar == "{" || scalar == "}" else {
        result.append(scalar)
        continue
      }
      if isDoubled {
        result.append(scalar)
        index += 1
        continue
      }
      guard scalar == "{" else { throw failure("a single } stands in a format") }
      var (open, end) = (1, index)
      while end < scalars.count, open > 0 {
        if scalars[end] == "{" { open += 1 } else if scalars[end] == "}" { open -= 1 }
        end += 1
      }
      guard open == 0 else { throw failure("a { in a format does not end") }
      try append(try field(Array(scalars[index..<(end - 1)]), call, &automatic, depth), to: &result)
      index = end
    }
    return Text(result)
  }

  private func field(
    _ field: [Unicode.Scalar], _ call: Call, _ automatic: inout Int, _ depth: Int
  ) throws(JinjaError) -> Text {
    let nameEnd = field.firstIndex { $0 == ":" || $0 == "!" } ?? field.count
    var (index, conversion) = (nameEnd, nil as Unicode.Scalar?)
    if index < field.count, field[index] == "!" {
      guard index + 1 < field.count else { throw failure("a format ends with !") }
      conversion = field[index + 1]
      index += 2
    }
    guard index == field.count || field[index] == ":" else { throw failure("a format has : behind its name") }
    var value = try named(Array(field[..<nameEnd]), call, &automatic)
    switch conversion {
    case nil: break
    case "s": value = .text(try printed(value))
    case "r": value = .text(try represented(value))
    default: throw unsupported("this conversion of a format")
    }
    let written = index < field.count ? Array(field[(index + 1)...]) : []
    let hasFields = written.contains("{") || written.contains("}")
    let shape = try shape(hasFields ? try formatted(written, call, &automatic, depth: depth + 1).scalars : written)
    switch value {
    case .text(let text):
      guard [nil, "s"].contains(shape.kind), shape.align != "=", shape.grouping == nil, shape.sign == "-" else {
        throw failure("a text has no such format")
      }
      return try padded(Text(text.scalars.prefix(shape.precision ?? .max)), shape)
    case .boolean where written.isEmpty: return try printed(value)
    case .boolean, .integer, .number: return try number(value, shape)
    case _ where written.isEmpty: return try printed(value)
    default: throw failure("\(value.kind) has no format of its own")
    }
  }

  /// What a name such as `0`, `user.name` or `list[0]` leads to.
  private func named(
    _ name: [Unicode.Scalar], _ call: Call, _ automatic: inout Int
  ) throws(JinjaError) -> Value {
    let first = Text(name.prefix { $0 != "." && $0 != "[" })
    var rest = name.dropFirst(first.count)
    var value: Value
    if first.isEmpty || first.scalars.allSatisfy(\.isDigit) {
      // Numbered ones or those in order, not both; -1 stands for numbered ones.
      guard first.isEmpty ? automatic >= 0 : automatic <= 0 else { throw failure("format numbers some places alone") }
      let place = first.isEmpty ? automatic : Int(first.string) ?? .max
      automatic = first.isEmpty ? automatic + 1 : -1
      guard place < call.positional.count else { throw failure("format is given too few values") }
      value = call.positional[place]
    } else {
      guard let found = call.named.first(where: { $0.name == first }) else {
        throw failure("format is given no \(first.string)")
      }
      value = found.value
    }
    while let mark = rest.popFirst() {
      if mark == "." {
        let part = Text(rest.prefix { $0 != "." && $0 != "[" })
        rest = rest.dropFirst(part.count)
        value = try attribute(part, of: value)
      } else {
        let part = Text(rest.prefix { $0 != "]" })
        guard mark == "[", rest.count > part.count else { throw failure("a name in a format does not end") }
        rest = rest.dropFirst(part.count + 1)
        let isIndex = !part.isEmpty && part.scalars.allSatisfy(\.isDigit)
        value = try item(value, isIndex ? Int(part.string).map(Value.integer) ?? .text(part) : .text(part))
      }
    }
    return value
  }

  private func shape(_ scalars: [Unicode.Scalar]) throws(JinjaError) -> Format {
    var (shape, index) = (Format(), 0)
    let aligns: [Unicode.Scalar] = ["<", ">", "^", "="]
    if scalars.count > 1, aligns.contains(scalars[1]) {
      (shape.fill, shape.align, index) = (scalars[0], scalars[1], 2)
    } else if let first = scalars.first, aligns.contains(first) {
      (shape.align, index) = (first, 1)
    }
    let take = { (marks: [Unicode.Scalar]) -> Unicode.Scalar? in
      guard index < scalars.count, marks.contains(scalars[index]) else { return nil }
      index += 1
      return scalars[index - 1]
    }
    if let sign = take(["+", "-", " "]) { shape.sign = sign }
    shape.isAlternate = take(["#"]) != nil
    if take(["0"]) != nil, shape.align == nil { (shape.fill, shape.align) = ("0", "=") }
    shape.width = try digits(scalars, &index) ?? 0
    shape.grouping = take([",", "_"])
    if take(["."]) != nil {
      guard let precision = try digits(scalars, &index) else { throw failure("a format has no precision behind .") }
      shape.precision = precision
    }
    if index < scalars.count {
      shape.kind = scalars[index]
      index += 1
    }
    guard index == scalars.count else { throw failure("a format that is none") }
    return shape
  }
}

extension Value {
  fileprivate var isNumber: Bool {
    if case .number = self { true } else { integer != nil }
  }

  /// What `%` may be given without using it up: lists and the like, but no tuple.
  fileprivate var isItems: Bool {
    if case .list = self { true } else { false }
  }

  var isNone: Bool {
    if case .none = self { true } else { false }
  }
}
