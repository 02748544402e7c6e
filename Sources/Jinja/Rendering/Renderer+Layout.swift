/// Filters that lay a text out.
extension Renderer {
  func layoutFilter(_ name: String, _ value: Value, _ call: Call) throws(JinjaError) -> Value? {
    switch name {
    case "indent": return try indented(try printed(value), call)
    case "truncate": return try truncated(try printed(value), call)
    case "center":
      let width = try call.bound(to: ["width"], of: name, self)[0] ?? .integer(80)
      return try textMethod("center", of: try printed(value), Call(positional: [width]))
    case "wordcount":
      _ = try call.bound(to: [], of: name, self)
      let text = try printed(value)
      try chargeText(text.count)
      let isWord = { (scalar: Unicode.Scalar) in scalar == "_" || Text([scalar]).isOf(kind: "isalnum") }
      return .integer(text.scalars.split { !isWord($0) }.count)
    case "urlencode":
      _ = try call.bound(to: [], of: name, self)
      guard value.depth == 0 else { throw unsupported("urlencode of \(value.kind)") }
      return try self.text(Self.percentEncoded(try printed(value)))
    default: return nil
    }
  }

  private static func percentEncoded(_ text: Text) -> Text {
    let isPlain = { (byte: UInt8) in
      byte < 0x80 && (Unicode.Scalar(byte).isNameStart || Unicode.Scalar(byte).isDigit || "-.~/".utf8.contains(byte))
    }
    return Text(
      text.string.utf8.map { byte in
        if isPlain(byte) { return String(Unicode.Scalar(byte)) }
        let digits = String(byte, radix: 16, uppercase: true)
        return "%" + (digits.utf8.count < 2 ? "0" : "") + digits
      }.joined())
  }

  private func indented(_ text: Text, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: ["width", "first", "blank"], of: "indent", self)
    var indent: [Unicode.Scalar]
    switch arguments[0] ?? .integer(4) {
    case .text(let text): indent = text.scalars
    case let width:
      guard let width = width.integer else { throw failure("indent is given \(width.kind)") }
      try chargeText(width)
      indent = Array(repeating: " ", count: max(0, width))
    }
    let indentsBlank = arguments[2]?.isTrue ?? false
    var result = arguments[1]?.isTrue ?? false ? indent : []
    // Jinja2 adds a line break first, so that a text that ends with one keeps an empty last line.
    for (index, line) in Self.lines(of: Text(text.scalars + ["\n"])).enumerated() {
      if index > 0 {
        result.append("\n")
        if indentsBlank || !line.isEmpty { try append(Text(indent), to: &result) }
      }
      try append(line, to: &result)
    }
    return .text(Text(result))
  }

  private func truncated(_ text: Text, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: ["length", "killwords", "end", "leeway"], of: "truncate", self)
    let end = try printed(arguments[2] ?? .text("..."))
    let leeway = arguments[3].flatMap { $0.isNone ? nil : $0 } ?? .integer(5)
    guard let length = (arguments[0] ?? .integer(255)).integer, let leeway = leeway.integer, length >= end.count,
      leeway >= 0
    else { throw failure("truncate is given a length below that of its end, or none") }
    guard text.count > length, text.count - length > leeway else { return .text(text) }
    var kept = text.scalars[..<(length - end.count)]
    if arguments[1]?.isTrue != true, let space = kept.lastIndex(of: " ") { kept = kept[..<space] }
    return try self.text(Text(kept + end.scalars))
  }
}
