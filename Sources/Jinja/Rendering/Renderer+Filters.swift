/// Filters.
extension Renderer {
  func apply(_ filter: Expression.Operation, to value: Value) throws(JinjaError) -> Value {
    let line = line
    let call = try evaluate(filter.arguments)
    self.line = line
    return try apply(filter.name, to: value, call)
  }

  func apply(_ name: String, to value: Value, _ call: Call) throws(JinjaError) -> Value {
    if let result = try textFilter(name, value, call) { return result }
    if let result = try listFilter(name, value, call) { return result }
    if let result = try sortingFilter(name, value, call) { return result }
    if let result = try numberFilter(name, value, call) { return result }
    if let result = try layoutFilter(name, value, call) { return result }
    throw unsupported("the filter \(name)")
  }

  /// Filters that take what a value prints.
  private func textFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    case "upper", "lower", "capitalize", "title", "string":
      _ = try call.bound(to: [], of: name, self)
      let text = try printed(value)
      try chargeText(text.count)
      return switch name {
      case "upper": try self.text(text.upper)
      case "lower": try self.text(text.lower)
      case "capitalize": try self.text(text.capitalized)
      case "title": try self.text(text.titledByFilter)
      default: .text(text)
      }
    case "safe", "escape", "e", "forceescape":
      _ = try call.bound(to: [], of: name, self)
      let text = try printed(value)
      try chargeText(text.count)
      return try self.text(
        name == "safe" ? text.markup : name == "forceescape" ? Text(text.scalars).escaped : text.escaped)
    case "format":
      guard call.positional.isEmpty || call.named.isEmpty else {
        throw failure("format takes values or names, not both")
      }
      var names = Table()
      for argument in call.named { names[argument.name] = argument.value }
      return .text(
        try formatted(
          try printed(value),
          percent: call.named.isEmpty ? .tuple(try items(call.positional)) : .dictionary(names)))
    case "trim":
      let characters = try call.bound(to: ["chars"], of: name, self)[0]
      return try stripped(try printed(value), characters ?? .none, .both)
    case "replace":
      let arguments = try call.bound(to: ["old", "new", "count"], of: name, self)
      guard let old = arguments[0], let new = arguments[1] else { throw failure("replace takes two texts") }
      let count: Value? = if case .some(.none) = arguments[2] { nil } else { arguments[2] }
      return try replaced(try printed(old), by: try printed(new), in: try printed(value), count)
    case "tojson": return .text(try json(value, try style(call)))
    case "join":
      let arguments = try call.bound(to: ["d", "attribute"], of: name, self)
      var parts = try elements(of: value)
      if let path = arguments[1] { parts = try members(path, of: parts, otherwise: nil) }
      return try join(parts, by: try printed(arguments[0] ?? .text("")))
    default: return nil
    }
  }

  private func style(_ call: Call) throws(JinjaError) -> JSONStyle {
    let names: [Text] = ["ensure_ascii", "indent", "separators", "sort_keys"]
    let arguments = try call.bound(to: names, of: "tojson", self)
    var style = JSONStyle()
    style.isASCII = arguments[0]?.isTrue ?? false
    style.sortsKeys = arguments[3]?.isTrue ?? false
    switch arguments[1] {
    case nil, .some(.none): break
    case .text(let indent): (style.indent, style.itemSeparator) = (indent, ",")
    case .some(let value):
      guard let width = value.integer, width <= 1_000 else { throw unsupported("tojson with this indent") }
      style.indent = Text(repeatElement(" ", count: max(0, width)))
      style.itemSeparator = ","
    }
    switch arguments[2] {
    case nil, .some(.none): break
    case .tuple(let items), .list(let items):
      guard items.elements.count == 2, case .text(let item) = items.elements[0], case .text(let key) = items.elements[1]
      else { throw failure("separators of tojson are two texts") }
      (style.itemSeparator, style.keySeparator) = (item, key)
    default: throw failure("separators of tojson are two texts")
    }
    return style
  }

  private func numberFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    case "default", "d":
      let arguments = try call.bound(to: ["default_value", "boolean"], of: name, self)
      let isKept = value.isDefined && (value.isTrue || arguments[1]?.isTrue != true)
      return isKept ? value : arguments[0] ?? .text("")
    case "int":
      let arguments = try call.bound(to: ["default", "base"], of: name, self)
      if let base = arguments[1]?.integer, base != 10, case .text(let text) = value {
        return try based(text, base) ?? arguments[0] ?? .integer(0)
      }
      return try integer(value, otherwise: arguments[0] ?? .integer(0))
    case "float":
      let otherwise = try call.bound(to: ["default"], of: name, self)[0] ?? .number(0)
      switch value {
      case .number: return value
      case .text(let text): return try Self.fraction(text, self).map(Value.number) ?? otherwise
      case .undefined(let what): throw failure("\(what) is no number")
      default:
        return try value.integer.map { integer throws(JinjaError) in .number(try number(.integer(integer))) }
          ?? otherwise
      }
    case "round": return try rounded(value, call)
    case "attr":
      guard case .text(let path)? = try call.bound(to: ["name"], of: name, self)[0] else {
        throw failure("attr is given no name")
      }
      guard case .dictionary = value else { return try attribute(path, of: value) }
      // Members of a dictionary are no attributes.
      return Methods.names(of: value).contains(path)
        ? .function(.method(value, path)) : .undefined("\(path.string) of a dictionary, which is undefined,")
    case "abs":
      _ = try call.bound(to: [], of: name, self)
      if case .number(let number) = value { return .number(number.magnitude) }
      return try signed(value, value.integer.map { $0 < 0 } ?? false)
    default: return nil
    }
  }

  private func based(_ text: Text, _ base: Int) throws(JinjaError) -> Value? {
    let prefixes: [Int: [String]] = [16: ["0x", "0X"], 8: ["0o", "0O"], 2: ["0b", "0B"]]
    guard let known = prefixes[base] else { throw unsupported("the filter int with the base \(base)") }
    var digits = text.stripped().string[...]
    let sign = digits.first == "-" ? -1 : 1
    if digits.first == "-" || digits.first == "+" { digits = digits.dropFirst() }
    if known.contains(String(digits.prefix(2))) { digits = digits.dropFirst(2) }
    guard digits.allSatisfy(\.isHexDigit) else { return nil }
    return Int(digits, radix: base).map { .integer(sign * $0) }
  }

  private func rounded(_ value: Value, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: ["precision", "method"], of: "round", self)
    guard let digits = (arguments[0] ?? .integer(0)).integer, (0...300).contains(digits) else {
      throw unsupported("round to these digits")
    }
    let method = arguments[1] ?? .text("common")
    guard case .text(let word) = method, ["common", "ceil", "floor"].contains(word) else {
      throw failure("round goes common, ceil or floor")
    }
    if word == "common" {
      if let integer = value.integer { return .integer(integer) }
      let number = try number(value)
      guard let rounded = rounded(number, toDigits: digits) else { throw unsupported("round of infinity or nan") }
      return .number(rounded)
    }
    let number = try number(numbers(value, value)?.0 ?? value)
    let scale = raised(10, to: Double(digits))
    let scaled = (number * scale).rounded(word == "ceil" ? .up : .down)
    guard scaled.isFinite else { throw unsupported("round to these digits") }
    return .number(scaled / scale)
  }

  private func integer(_ value: Value, otherwise: Value) throws(JinjaError) -> Value {
    switch value {
    case .undefined(let what): throw failure("\(what) is no number")
    case .text(let text):
      let digits = text.stripped()
      if let integer = Int(digits.string) { return .integer(integer) }
      guard let fraction = try Self.fraction(text, self) else { return otherwise }
      return try truncated(fraction)
    case .number(let number): return try truncated(number)
    default: return value.integer.map(Value.integer) ?? otherwise
    }
  }

  private func truncated(_ number: Double) throws(JinjaError) -> Value {
    guard let integer = Int(exactly: number.rounded(.towardZero)) else {
      throw unsupported("an integer beyond 64 bits")
    }
    return .integer(integer)
  }

  /// What Python's `float` reads; nil where it reads nothing.
  private static func fraction(_ text: Text, _ renderer: Renderer) throws(JinjaError) -> Double? {
    let digits = text.stripped()
    guard digits.scalars.allSatisfy({ $0.isASCII && $0 != "_" }) else {
      throw renderer.unsupported("a number with underscores or other digits than 0 to 9")
    }
    let isDecimal = digits.scalars.allSatisfy { $0.isDigit || ["+", "-", ".", "e", "E"].contains($0) }
    if !isDecimal, let value = Double(digits.string), !value.isFinite { throw renderer.unsupported("infinity or nan") }
    guard isDecimal, let value = Double(digits.string) else { return nil }
    guard value.isFinite else { throw renderer.unsupported("infinity") }
    return value
  }
}
