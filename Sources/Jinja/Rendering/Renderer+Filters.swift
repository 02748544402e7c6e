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
    if let result = try numberFilter(name, value, call) { return result }
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
      guard let width = value.integer, width <= 80 else { throw unsupported("tojson with this indent") }
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
      guard arguments[1] == nil else { throw unsupported("the filter int with a base") }
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
    case "abs":
      _ = try call.bound(to: [], of: name, self)
      if case .number(let number) = value { return .number(number.magnitude) }
      return try signed(value, value.integer.map { $0 < 0 } ?? false)
    default: return nil
    }
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
