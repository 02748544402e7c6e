import Foundation

/// The text of a JSON document as it grows: two spaces a level, a member a line, as Foundation's encoder lays it out. That one
/// takes ten times as long and holds the whole document as objects, which reports of many regions cannot afford.
struct JSONText {
  private(set) var bytes: [UInt8] = []

  /// Where a number is none.
  struct NotANumber: Error {
    var value: Double
    /// Names and positions, the innermost last.
    var path: [String] = []

    init(_ value: Double) { self.value = value }

    /// "blocks[3].delta.rms".
    var place: String { String(path.joined().drop { $0 == "." }) }
  }

  /// Writes a value.
  /// - Parameter indent: How deep it stands.
  mutating func write(_ value: any Encodable, indent: Int) throws(NotANumber) {
    // Types are compared before anything is cast: a cast asks the runtime, and there are millions of numbers.
    let type = type(of: value)
    if type == Double.self, let number = value as? Double {
      try write(number)
    } else if type == String.self, let text = value as? String {
      write(text)
    } else if let own = value as? any JSONWritable {
      try own.write(to: &self, indent: indent)
    } else {
      try writeEncoded(value, indent: indent)
    }
  }

  /// Writes what stands between brackets, an element a line.
  mutating func write<Elements: Collection>(
    _ elements: Elements, between open: UInt8, _ close: UInt8, indent: Int,
    _ element: (inout JSONText, Elements.Element) throws(NotANumber) -> Void
  ) throws(NotANumber) {
    bytes.append(open)
    var isFirst = true
    for item in elements {
      if !isFirst { bytes.append(UInt8(ascii: ",")) }
      isFirst = false
      newLine(indent + 1)
      try element(&self, item)
    }
    if isFirst { bytes.append(UInt8(ascii: "\n")) }
    newLine(indent)
    bytes.append(close)
  }

  /// Writes the elements of an array.
  mutating func write<Elements: Collection>(
    array elements: Elements, indent: Int, _ value: (Elements.Element) -> any Encodable
  ) throws(NotANumber) {
    try write(elements: elements, indent: indent) { text, element throws(NotANumber) in
      try text.write(value(element), indent: indent + 1)
    }
  }

  /// Writes an array whose elements are written one by one.
  mutating func write<Elements: Collection>(
    elements: Elements, indent: Int, _ element: (inout JSONText, Elements.Element) throws(NotANumber) -> Void
  ) throws(NotANumber) {
    var index = 0
    try write(elements, between: UInt8(ascii: "["), UInt8(ascii: "]"), indent: indent) {
      text, item throws(NotANumber) in
      try text.at("[\(index)]") { text throws(NotANumber) in try element(&text, item) }
      index += 1
    }
  }

  /// Writes the members of an object, which are in order.
  mutating func write(object members: [(name: String, value: any Encodable)], indent: Int) throws(NotANumber) {
    try write(members, between: UInt8(ascii: "{"), UInt8(ascii: "}"), indent: indent) {
      text, member throws(NotANumber) in
      text.write(member.name)
      text.bytes.append(contentsOf: [UInt8(ascii: " "), UInt8(ascii: ":"), UInt8(ascii: " ")])
      try text.at(".\(member.name)") { text throws(NotANumber) in try text.write(member.value, indent: indent + 1) }
    }
  }

  /// Names the place of an error.
  private mutating func at(
    _ step: @autoclosure () -> String, _ body: (inout JSONText) throws(NotANumber) -> Void
  ) throws(NotANumber) {
    do { try body(&self) } catch {
      var error = error
      error.path.insert(step(), at: 0)
      throw error
    }
  }

  /// Writes a number with the digits that give it back.
  mutating func write(_ number: Double) throws(NotANumber) {
    guard number.isFinite else { throw NotANumber(number) }
    // Of many regions most numbers are zeros.
    if number == 0, number.sign == .plus { return bytes.append(UInt8(ascii: "0")) }
    var digits = number.description
    digits.withUTF8 { digits in
      let isWhole =
        digits.count > 2 && digits[digits.count - 2] == UInt8(ascii: ".") && digits.last == UInt8(ascii: "0")
      bytes.append(contentsOf: isWhole ? digits.dropLast(2) : digits[...])
    }
  }

  /// Writes digits, true, false or null.
  mutating func write(literal text: String) { bytes.append(contentsOf: text.utf8) }

  /// Makes room for so many bytes more.
  mutating func reserve(_ count: Int) { bytes.reserveCapacity(bytes.count + count) }

  /// Writes what was made before.
  mutating func write(bytes made: [UInt8]) { bytes.append(contentsOf: made) }

  /// Writes a member's name on a line of its own.
  mutating func write(name: String, indent: Int) {
    newLine(indent)
    write(name)
    write(literal: " : ")
  }

  /// Writes the end of an object on a line of its own.
  mutating func write(closing indent: Int) {
    newLine(indent)
    bytes.append(UInt8(ascii: "}"))
  }

  /// Writes a string.
  mutating func write(_ text: String) {
    bytes.append(UInt8(ascii: "\""))
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(contentsOf: [UInt8(ascii: "\\"), byte])
      case 0x08: write(literal: "\\b")
      case 0x09: write(literal: "\\t")
      case 0x0A: write(literal: "\\n")
      case 0x0C: write(literal: "\\f")
      case 0x0D: write(literal: "\\r")
      case 0..<0x20:
        write(literal: byte < 0x10 ? "\\u000\(String(byte, radix: 16))" : "\\u00\(String(byte, radix: 16))")
      default: bytes.append(byte)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func newLine(_ indent: Int) {
    bytes.append(UInt8(ascii: "\n"))
    bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * indent))
  }

  /// Writes what knows to encode itself alone, which is seldom much.
  private mutating func writeEncoded(_ value: any Encodable, indent: Int) throws(NotANumber) {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    do {
      for byte in try encoder.encode(value) {
        if byte == UInt8(ascii: "\n") { newLine(indent) } else { bytes.append(byte) }
      }
    } catch EncodingError.invalidValue(let value, let context) {
      var error = NotANumber(value as? Double ?? .nan)
      error.path = context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? ".\($0.stringValue)" }
      throw error
    } catch { throw NotANumber(.nan) }
  }
}
