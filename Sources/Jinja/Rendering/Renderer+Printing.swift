/// Values as texts: as Python prints them, and as its `json` writes them.
extension Renderer {
  /// What `str` makes of a value.
  func printed(_ value: Value) throws(JinjaError) -> Text {
    switch value {
    case .text(let text): return text
    case .undefined: return ""
    default: return try represented(value)
    }
  }

  /// What `repr` makes of a value.
  func represented(_ value: Value) throws(JinjaError) -> Text {
    try charge()
    switch value {
    case .undefined: return "Undefined"
    case .none: return "None"
    case .boolean(let value): return value ? "True" : "False"
    case .integer(let value): return Text(String(value))
    case .number(let value): return Self.written(value)
    case .text(let text):
      try chargeText(text.count)
      return text.isMarkup ? Text(Text("Markup(").scalars + Self.quoted(text).scalars + [")"]) : Self.quoted(text)
    case .list(let items): return try joined("[", items.elements.map { (nil, $0) }, "]")
    case .tuple(let items):
      return try joined("(", items.elements.map { (nil, $0) }, items.elements.count == 1 ? ",)" : ")")
    case .dictionary(let table):
      var members: [(key: Text?, value: Value)] = []
      for member in table.members { members.append((try represented(member.key), member.value)) }
      return try joined("{", members, "}")
    case .view(let items, let view) where view != .range:
      return try joined(Text(view.rawValue + "(["), items.elements.map { (nil, $0) }, "])")
    case .view, .iterator, .namespace, .loop, .function: throw unsupported("printing \(value.kind)")
    }
  }

  private func joined(_ start: Text, _ parts: [(key: Text?, value: Value)], _ end: Text) throws(JinjaError) -> Text {
    var result = start.scalars
    for (index, part) in parts.enumerated() {
      if index > 0 { result += [",", " "] }
      if let key = part.key { try append(Text(key.scalars + [":", " "]), to: &result) }
      try append(try represented(part.value), to: &result)
    }
    return Text(result + end.scalars)
  }

  /// A number as Python's `repr` has it: from 1e16 on with an exponent.
  private static func written(_ number: Double) -> Text {
    let text = number.description
    guard number.isFinite, number.magnitude >= 1e16, !text.contains("e") else { return Text(text) }
    // Swift writes whole numbers below 2^54 with all their digits, 17 of them here.
    let digits = text.filter(\.isNumber).dropLast()
    let fraction = String(digits.dropFirst().reversed().drop { $0 == "0" }.reversed())
    let mantissa = String(digits.prefix(1)) + (fraction.isEmpty ? "" : "." + fraction)
    return Text("\(number < 0 ? "-" : "")\(mantissa)e+\(digits.count - 1)")
  }

  /// A text in quotes, as Python shows it: in double ones where it holds single ones alone.
  private static func quoted(_ text: Text) -> Text {
    let has = { (mark: Unicode.Scalar) in text.scalars.contains(mark) }
    let quote: Unicode.Scalar = has("'") && !has("\"") ? "\"" : "'"
    var result = [quote]
    for scalar in text.scalars {
      switch scalar {
      case quote, "\\": result += ["\\", scalar]
      case "\n": result += ["\\", "n"]
      case "\r": result += ["\\", "r"]
      case "\t": result += ["\\", "t"]
      case " "..."~": result.append(scalar)
      default: result += isPrintable(scalar) ? [scalar] : escaped(scalar).scalars
      }
    }
    return Text(result + [quote])
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> Text {
    switch scalar.value {
    case ...0xFF: Text("\\x" + hexadecimal(scalar, 2))
    case ...0xFFFF: Text("\\u" + hexadecimal(scalar, 4))
    default: Text("\\U" + hexadecimal(scalar, 8))
    }
  }

  private static func hexadecimal(_ scalar: Unicode.Scalar, _ width: Int) -> String {
    let digits = String(scalar.value, radix: 16)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  // MARK: JSON

  /// How `tojson` writes.
  struct JSONStyle {
    var isASCII = false
    /// What a level is indented by; nil on one line.
    var indent: Text?
    var itemSeparator: Text = ", "
    var keySeparator: Text = ": "
    var sortsKeys = false
  }

  /// What Python's `json.dumps` makes of a value.
  func json(_ value: Value, _ style: JSONStyle, level: Int = 0) throws(JinjaError) -> Text {
    try charge()
    switch value {
    case .none: return "null"
    case .boolean(let value): return value ? "true" : "false"
    case .integer(let value): return Text(String(value))
    case .number(let value):
      if value.isFinite { return Self.written(value) }
      return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    case .text(let text):
      try chargeText(text.count)
      return Self.string(text, style)
    case .list(let items), .tuple(let items):
      return try block("[", items.elements.map { (nil, $0) }, "]", style, level)
    case .dictionary(let table):
      let members =
        style.sortsKeys
        ? try sorted(table.members) { first, second throws(JinjaError) in try self.isLess(first.key, second.key) }
        : table.members
      var parts: [(key: Text?, value: Value)] = []
      for member in members { parts.append((try name(of: member.key, style), member.value)) }
      return try block("{", parts, "}", style, level)
    default: throw failure("\(value.kind) cannot be written as JSON")
    }
  }

  /// A key as JSON has it: always a text.
  private func name(of key: Value, _ style: JSONStyle) throws(JinjaError) -> Text {
    switch key {
    case .text(let name): return name
    case .tuple: throw failure("a tuple as a key cannot be written as JSON")
    default: return try json(key, style)
    }
  }

  private func block(
    _ start: Text, _ parts: [(key: Text?, value: Value)], _ end: Text, _ style: JSONStyle, _ level: Int
  ) throws(JinjaError) -> Text {
    guard !parts.isEmpty else { return Text(start.scalars + end.scalars) }
    let line = { (level: Int) -> [Unicode.Scalar] in
      style.indent.map { ["\n"] + repeatElement($0.scalars, count: level).joined() } ?? []
    }
    var result = start.scalars
    for (index, part) in parts.enumerated() {
      if index > 0 { try append(style.itemSeparator, to: &result) }
      try append(Text(line(level + 1)), to: &result)
      if let key = part.key {
        try append(Self.string(key, style), to: &result)
        try append(style.keySeparator, to: &result)
      }
      try append(try json(part.value, style, level: level + 1), to: &result)
    }
    return Text(result + line(level) + end.scalars)
  }

  private static func string(_ text: Text, _ style: JSONStyle) -> Text {
    var result: [Unicode.Scalar] = ["\""]
    for scalar in text.scalars {
      switch scalar {
      case "\"", "\\": result += ["\\", scalar]
      case "\n": result += ["\\", "n"]
      case "\r": result += ["\\", "r"]
      case "\t": result += ["\\", "t"]
      case "\u{8}": result += ["\\", "b"]
      case "\u{C}": result += ["\\", "f"]
      case "\u{0}"..<" ": result += Text("\\u" + hexadecimal(scalar, 4)).scalars
      default:
        guard style.isASCII, scalar.value > 0x7E else {
          result.append(scalar)
          continue
        }
        for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
          let digits = String(unit, radix: 16)
          result += Text("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).scalars
        }
      }
    }
    return Text(result + ["\""])
  }
}
