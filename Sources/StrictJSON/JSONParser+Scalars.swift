extension JSONParser {
  /// A number. Integers that fit 64 bits stay integers; a number beyond the range of Double is refused.
  mutating func number() throws(JSONError) -> JSONValue {
    let start = position
    var isInteger = true
    if current == UInt8(ascii: "-") { position += 1 }
    guard let first = current, isDigit(first) else { throw fault("a digit is expected here") }
    position += 1
    if first == UInt8(ascii: "0"), let next = current, isDigit(next) { throw fault("a number begins with 0") }
    skipDigits()
    if current == UInt8(ascii: ".") {
      isInteger = false
      position += 1
      try requireDigits()
    }
    if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
      try requireDigits()
    }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    if isInteger, let integer = Int(text) { return .integer(integer) }
    guard let number = Double(text), number.isFinite else {
      position = start
      throw fault("the number is too large")
    }
    return .number(number)
  }

  func isDigit(_ byte: UInt8) -> Bool { byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }

  private mutating func skipDigits() {
    while let byte = current, isDigit(byte) { position += 1 }
  }

  private mutating func requireDigits() throws(JSONError) {
    guard let byte = current, isDigit(byte) else { throw fault("a digit is expected here") }
    skipDigits()
  }

  /// A string, checked to be valid UTF-8.
  mutating func string() throws(JSONError) -> String {
    let start = position
    position += 1
    let plain = position..<endOfPlainText()
    position = plain.upperBound
    // Most strings hold no escape: their bytes are taken as they stand.
    if current == UInt8(ascii: "\"") {
      position += 1
      return try text(bytes[plain], at: start)
    }
    var content = Array(bytes[plain])
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        position += 1
        return try text(content[...], at: start)
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw fault("a control character inside a string; write it as an escape")
      default:
        let end = endOfPlainText()
        content.append(contentsOf: bytes[position..<end])
        position = end
      }
    }
    position = start
    throw fault("a string does not end")
  }

  /// Where the run of bytes ends that stand for themselves.
  private func endOfPlainText() -> Int {
    var end = position
    while end < bytes.count {
      let byte = bytes[end]
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { break }
      end += 1
    }
    return end
  }

  private mutating func text(_ content: ArraySlice<UInt8>, at start: Int) throws(JSONError) -> String {
    guard let text = String(validating: content, as: UTF8.self) else {
      position = start
      throw fault("a string is not valid UTF-8")
    }
    return text
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    position += 1
    guard let byte = current else { throw fault("a string does not end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content.append(contentsOf: String(Character(try unicodeEscape())).utf8)
    default:
      position -= 2
      throw fault("an unknown escape in a string")
    }
  }

  private mutating func unicodeEscape() throws(JSONError) -> Unicode.Scalar {
    let first = try hexadecimal()
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
      throw fault("half of a surrogate pair in a string")
    }
    position += 2
    let second = try hexadecimal()
    guard (0xDC00...0xDFFF).contains(second),
      let scalar = Unicode.Scalar(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00))
    else { throw fault("half of a surrogate pair in a string") }
    return scalar
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw fault("four hexadecimal digits are expected after \\u")
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }
}
