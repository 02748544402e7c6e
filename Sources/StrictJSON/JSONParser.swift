/// What is wrong with a JSON text, and where.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  /// Line of the fault, from 1.
  public var line: Int
  /// Column of the fault in bytes, from 1.
  public var column: Int
  /// What was found or expected.
  public var message: String

  /// "line 3, column 14: a name stands twice: r".
  public var description: String { "line \(line), column \(column): \(message)" }
}

/// Bounds that keep a hostile text from exhausting the stack or the memory.
public struct JSONLimits: Sendable {
  /// How deep arrays and objects may nest.
  public var depth: Int
  /// The longest text in bytes.
  public var bytes: Int

  /// Limits; the defaults fit every configuration, tokenizer and header file known.
  public init(depth: Int = 64, bytes: Int = 200_000_000) {
    self.depth = depth
    self.bytes = bytes
  }
}

extension JSONValue {
  /// Parses a complete UTF-8 text by RFC 8259, strictly: no byte order mark, comments, trailing commas, duplicate
  /// names, lone surrogates or overlong numbers. O(bytes).
  /// - Throws: ``JSONError`` with line and column of the first fault.
  public static func parse(_ bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
    var parser = JSONParser(bytes: bytes, limits: limits)
    return try parser.document()
  }

  /// Parses a string; see ``parse(_:limits:)-([UInt8],_)``.
  public static func parse(_ text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) -> JSONValue {
    try parse(Array(text.utf8), limits: limits)
  }
}

/// A recursive-descent parser over bytes.
struct JSONParser {
  let bytes: [UInt8]
  let limits: JSONLimits
  var position = 0
  var depth = 0

  init(bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  mutating func document() throws(JSONError) -> JSONValue {
    if bytes.count > limits.bytes { throw fault("the text has \(bytes.count) bytes, more than \(limits.bytes)") }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw fault("a byte order mark; save the file as plain UTF-8") }
    skipSpace()
    let value = try value()
    skipSpace()
    if position < bytes.count { throw fault("text after the end of the value") }
    return value
  }

  /// An error at the current position.
  func fault(_ message: String) -> JSONError {
    let before = bytes[..<min(position, bytes.count)]
    let line = 1 + before.count { $0 == UInt8(ascii: "\n") }
    let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
    return JSONError(line: line, column: before.count - lineStart + 1, message: message)
  }

  var current: UInt8? { position < bytes.count ? bytes[position] : nil }

  mutating func skipSpace() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  mutating func value() throws(JSONError) -> JSONValue {
    switch current {
    case UInt8(ascii: "{"): return try nested { parser throws(JSONError) in .object(try parser.object()) }
    case UInt8(ascii: "["): return try nested { parser throws(JSONError) in .array(try parser.array()) }
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try literal("true", .boolean(true))
    case UInt8(ascii: "f"): return try literal("false", .boolean(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    case nil: throw fault("the text ends where a value is expected")
    case .some(let byte) where byte == UInt8(ascii: "-") || isDigit(byte): return try number()
    default: throw fault("a value is expected here")
    }
  }

  private mutating func nested(
    _ body: (inout JSONParser) throws(JSONError) -> JSONValue
  ) throws(JSONError) -> JSONValue {
    depth += 1
    if depth > limits.depth { throw fault("nested deeper than \(limits.depth) levels") }
    let value = try body(&self)
    depth -= 1
    return value
  }

  private mutating func literal(_ text: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
    let word = text.withUTF8Buffer { Array($0) }
    guard bytes[position...].starts(with: word) else { throw fault("a value is expected here") }
    position += word.count
    return value
  }

  private mutating func array() throws(JSONError) -> [JSONValue] {
    position += 1
    var elements: [JSONValue] = []
    skipSpace()
    if current == UInt8(ascii: "]") {
      position += 1
      return elements
    }
    while true {
      skipSpace()
      elements.append(try value())
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "]"):
        position += 1
        return elements
      default: throw fault("',' or ']' is expected here")
      }
    }
  }

  private mutating func object() throws(JSONError) -> JSONObject {
    position += 1
    var object = JSONObject()
    skipSpace()
    if current == UInt8(ascii: "}") {
      position += 1
      return object
    }
    while true {
      skipSpace()
      guard current == UInt8(ascii: "\"") else { throw fault("a name in quotes is expected here") }
      let start = position
      let name = try string()
      skipSpace()
      guard current == UInt8(ascii: ":") else { throw fault("':' is expected after a name") }
      position += 1
      skipSpace()
      let member = try value()
      if !object.append(name, member) {
        position = start
        throw fault("a name stands twice: \(name)")
      }
      skipSpace()
      switch current {
      case UInt8(ascii: ","): position += 1
      case UInt8(ascii: "}"):
        position += 1
        return object
      default: throw fault("',' or '}' is expected here")
      }
    }
  }
}
