/// GPT-2's printable stand-ins for bytes: those of Latin-1 that print stand for themselves, the others for U+0100 and on.
enum ByteAlphabet {
  /// The most characters that one becomes.
  static let longest = 4

  /// The character of each byte.
  static let characters: [Unicode.Scalar] = {
    var next: UInt32 = 0x100
    return (0...255).map { (byte: UInt8) in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(next) ?? "\u{FFFD}"
      }
    }
  }()

  /// The byte of each character.
  private static let bytes = Dictionary(uniqueKeysWithValues: zip(characters, UInt8.min...UInt8.max))

  /// The bytes that characters stand for; nil where one of them stands for none.
  static func decode(_ text: some Sequence<Unicode.Scalar>) -> [UInt8]? {
    var result: [UInt8] = []
    for scalar in text {
      guard let byte = bytes[scalar] else { return nil }
      result.append(byte)
    }
    return result
  }

  /// A text as the characters of its UTF-8 bytes.
  static func encode(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    for scalar in text {
      for byte in scalar.utf8 { result.append(characters[Int(byte)]) }
    }
    return result
  }
}
