/// Strings with the escapes of Python.
extension Lexer {
  private static let escapes: KeyValuePairs<Unicode.Scalar, Unicode.Scalar> = [
    "n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{C}",
    "v": "\u{B}",
  ]

  mutating func readString(quote: Unicode.Scalar) throws(JinjaError) {
    var content: [Unicode.Scalar] = []
    var index = position + 1
    while index < source.count {
      let scalar = source[index]
      if scalar == quote {
        add(.text(Text(content)))
        return move(to: index + 1)
      }
      if scalar == "\\" {
        try readEscape(at: &index, into: &content)
      } else {
        content.append(scalar)
        index += 1
      }
    }
    throw .syntax(line: line, message: "a string does not end; \(quote) is expected")
  }

  private func readEscape(at index: inout Int, into content: inout [Unicode.Scalar]) throws(JinjaError) {
    guard index + 1 < source.count else { throw .syntax(line: line, message: "a string ends with a backslash") }
    let letter = source[index + 1]
    index += 2
    if let known = Self.escapes.first(where: { $0.key == letter }) { return content.append(known.value) }
    switch letter {
    case "\n": return
    case "x": content.append(try scalar(at: &index, digits: 2, radix: 16))
    case "u": content.append(try scalar(at: &index, digits: 4, radix: 16))
    case "U": content.append(try scalar(at: &index, digits: 8, radix: 16))
    case "N": throw .unsupported(line: line, construct: #"the escape \N"#)
    case "0"..."7":
      index -= 1
      let octal = source[index...].prefix(3).prefix { ("0"..."7").contains($0) }.count
      content.append(try scalar(at: &index, digits: octal, radix: 8))
    default: content += ["\\", letter]
    }
  }

  private func scalar(at index: inout Int, digits: Int, radix: Int) throws(JinjaError) -> Unicode.Scalar {
    var value = 0
    let end = index + digits
    guard end <= source.count else { throw .syntax(line: line, message: "an escape is cut short") }
    for scalar in source[index..<end] {
      guard let digit = Int(String(scalar), radix: radix) else {
        throw .syntax(line: line, message: "an escape of \(digits) digits is expected")
      }
      // At most eight digits of four bits: they fit.
      value = value * radix + digit
    }
    index = end
    guard let code = UInt32(exactly: value), let result = Unicode.Scalar(code) else {
      throw .unsupported(line: line, construct: "the escape of half a surrogate pair or beyond Unicode")
    }
    return result
  }
}
