/// What stands within a tag.
extension Lexer {
  private static let symbols =
    ["//", "**", "==", "!=", ">=", "<="] + "+-/*%~[](){}<>=.:|,;".unicodeScalars.map(String.init)
  private static let firstScalars = Set(symbols.compactMap(\.unicodeScalars.first))
  private static let closing = ["(": ")", "[": "]", "{": "}"] as KeyValuePairs

  /// Reads up to the tag's end, which is none within brackets.
  mutating func readTag(isOutput: Bool) throws(JinjaError) {
    var open: [String] = []
    while position < source.count {
      if open.isEmpty, let end = isOutput ? endOfOutput : endOfTag("%}", at: position) {
        add(isOutput ? .outputEnd : .tagEnd)
        return move(to: end)
      }
      if source[position].isSpace {
        move(to: position + 1)
        continue
      }
      try readToken(&open)
    }
    throw .syntax(line: line, message: "a tag does not end; \(isOutput ? "}}" : "%}") is expected")
  }

  private var endOfOutput: Int? {
    if matches("-}}", at: position) { return endOfSpace(from: position + 3) }
    return matches("}}", at: position) ? position + 2 : nil
  }

  private mutating func readToken(_ open: inout [String]) throws(JinjaError) {
    let first = source[position]
    if first.isDigit { return try readNumber() }
    if first.isNameStart { return readName() }
    if first == "'" || first == "\"" { return try readString(quote: first) }
    guard let symbol = symbol(beginningWith: first) else {
      let shown = first.isASCII ? "“\(first)”" : String(first.value, radix: 16, uppercase: true)
      guard first.isASCII else { throw .unsupported(line: line, construct: "the scalar U+\(shown) outside of strings") }
      throw .syntax(line: line, message: "\(shown) is unexpected in a tag")
    }
    if let pair = Self.closing.first(where: { $0.key == symbol }) { open.append(pair.value) }
    if Self.closing.contains(where: { $0.value == symbol }), open.popLast() != symbol {
      throw .syntax(line: line, message: "\(symbol) closes nothing that is open")
    }
    add(.symbol(symbol))
    move(to: position + symbol.utf8.count)
  }

  private func symbol(beginningWith first: Unicode.Scalar) -> String? {
    guard Self.firstScalars.contains(first) else { return nil }
    return Self.symbols.first { matches($0, at: position) }
  }

  private mutating func readName() {
    var end = position
    while end < source.count, source[end].isNameStart || source[end].isDigit { end += 1 }
    add(.name(Text(source[position..<end]).string))
    move(to: end)
  }

  /// Where a run of digits, with underscores between them, ends; nil where none begins.
  private func endOfDigits(from index: Int) -> Int? {
    var end = index
    while end < source.count, source[end].isDigit || (end > index && source[end] == "_" && isDigit(end + 1)) {
      end += 1
    }
    return end > index ? end : nil
  }

  private func isDigit(_ index: Int) -> Bool { index < source.count && source[index].isDigit }

  /// A number to another base, as in 0x1F.
  private mutating func readBasedNumber() throws(JinjaError) -> Bool {
    let bases: KeyValuePairs<Unicode.Scalar, Int> = ["x": 16, "X": 16, "o": 8, "O": 8, "b": 2, "B": 2]
    guard source[position] == "0", position + 2 < source.count,
      let radix = bases.first(where: { $0.key == source[position + 1] })?.value
    else { return false }
    let isDigit = { (scalar: Unicode.Scalar) in scalar == "_" || Int(String(scalar), radix: radix) != nil }
    let digits = source[(position + 2)...].prefix(while: isDigit)
    guard digits.last != "_", let value = Int(Text(digits.filter { $0 != "_" }).string, radix: radix) else {
      throw .unsupported(line: line, construct: "the number that begins with 0\(source[position + 1])")
    }
    add(.integer(value))
    move(to: digits.endIndex)
    return true
  }

  private mutating func readNumber() throws(JinjaError) {
    if try readBasedNumber() { return }
    guard var end = endOfDigits(from: position) else { return }
    var isInteger = true
    // After a dot, as in `message.0.1`, only an integer can stand.
    if tokens.last?.kind != .symbol(".") {
      if matches(".", at: end), let fraction = endOfDigits(from: end + 1) { (end, isInteger) = (fraction, false) }
      if matches("e", at: end) || matches("E", at: end) {
        let signed = matches("+", at: end + 1) || matches("-", at: end + 1)
        if let exponent = endOfDigits(from: end + (signed ? 2 : 1)) { (end, isInteger) = (exponent, false) }
      }
    }
    let digits = source[position..<end].filter { $0 != "_" }
    let text = Text(digits).string
    if end < source.count, source[end].isNameStart {
      throw .unsupported(line: line, construct: "a number written as \(text)\(source[end])…")
    }
    if isInteger {
      guard digits.first != "0" || digits.allSatisfy({ $0 == "0" }) else {
        throw .syntax(line: line, message: "the number \(text) begins with 0")
      }
      guard let value = Int(text) else { throw .unsupported(line: line, construct: "a number beyond 64 bits") }
      add(.integer(value))
    } else {
      guard let value = Double(text), value.isFinite else {
        throw .unsupported(line: line, construct: "the number \(text)")
      }
      add(.number(value))
    }
    move(to: end)
  }
}
