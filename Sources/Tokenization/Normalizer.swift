import StrictJSON

/// A normalizer of tokenizer.json: it rewrites the text between added tokens.
indirect enum Normalizer: Sendable {
  case unicode(UnicodeNormalization)
  case lowercase
  case stripAccents
  case nmt
  case byteLevel
  case prepend([Unicode.Scalar])
  case replace(RegularExpression, with: [Unicode.Scalar])
  case strip(left: Bool, right: Bool)
  case sequence([Normalizer])

  /// A text under way, and whether its first character still stems from the first one of the original: `Metaspace`
  /// with `prepend_scheme` first asks for that.
  struct Text {
    var scalars: [Unicode.Scalar]
    var keepsStart = true
  }

  func normalize(_ text: inout Text) {
    guard !text.scalars.isEmpty else { return }
    switch self {
    case .unicode(let form): text.scalars = form.normalize(text.scalars)
    case .lowercase: text.scalars = text.scalars.flatMap(\.lowercase)
    case .stripAccents: text.keep { !$0.isAccent }
    case .nmt: text.applyNMT()
    case .byteLevel: text.scalars = ByteAlphabet.encode(text.scalars)
    case .prepend(let prefix): text.scalars = prefix + text.scalars
    case .replace(let pattern, let content): text.replace(pattern, with: content)
    case .strip(let left, let right): text.strip(left: left, right: right)
    case .sequence(let normalizers): for normalizer in normalizers { normalizer.normalize(&text) }
    }
  }
}

extension Normalizer.Text {
  fileprivate mutating func keep(_ isKept: (Unicode.Scalar) -> Bool) {
    if let first = scalars.first, !isKept(first) { keepsStart = false }
    scalars.removeAll { !isKept($0) }
  }

  fileprivate mutating func strip(left: Bool, right: Bool) {
    if right { scalars.removeLast(scalars.reversed().prefix(while: \.isWhitespace).count) }
    let leading = left ? scalars.prefix(while: \.isWhitespace).count : 0
    if leading > 0 { keepsStart = false }
    scalars.removeFirst(leading)
  }

  fileprivate mutating func replace(_ pattern: RegularExpression, with content: [Unicode.Scalar]) {
    var result: [Unicode.Scalar] = []
    var end = 0
    for match in pattern.matches(in: scalars[...]) {
      // The library takes what replaces a longer match for a part of the match's last character.
      if match.lowerBound == 0, match.count > 1 || (match.count == 1 && content.isEmpty) { keepsStart = false }
      result += scalars[end..<match.lowerBound] + content
      end = match.upperBound
    }
    scalars = result + scalars[end...]
  }

  /// SentencePiece's `nmt` rule: drops control characters and makes a space of what looks like one.
  fileprivate mutating func applyNMT() {
    keep { scalar in
      switch scalar.value {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    scalars = scalars.map { scalar in
      switch scalar.value {
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
      default: scalar
      }
    }
  }
}

extension Normalizer {
  /// Reads the member `normalizer`.
  init(_ reader: JSONReader) throws(JSONMemberError) {
    switch try reader.string("type") {
    case "NFC": self = .unicode(UnicodeNormalization(compatibility: false, composes: true))
    case "NFD": self = .unicode(UnicodeNormalization(compatibility: false, composes: false))
    case "NFKC": self = .unicode(UnicodeNormalization(compatibility: true, composes: true))
    case "NFKD": self = .unicode(UnicodeNormalization(compatibility: true, composes: false))
    case "Lowercase": self = .lowercase
    case "StripAccents": self = .stripAccents
    case "Nmt": self = .nmt
    case "ByteLevel": self = .byteLevel
    case "Prepend": self = .prepend(Array(try reader.string("prepend").unicodeScalars))
    case "Replace":
      self = .replace(try reader.pattern("pattern"), with: Array(try reader.string("content").unicodeScalars))
    case "Strip":
      self = .strip(left: try reader.boolean("strip_left"), right: try reader.boolean("strip_right"))
    case "Sequence":
      var parts: [Normalizer] = []
      for part in try reader.objects("normalizers") { parts.append(try Normalizer(part)) }
      self = .sequence(parts)
    case let other:
      throw reader.unsupported(
        other,
        supported: "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Nmt, ByteLevel, Prepend, Replace, Strip and Sequence")
    }
  }

  /// Whether the text comes out as characters that stand for bytes.
  var endsInBytes: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let parts): parts.last?.endsInBytes ?? false
    default: false
    }
  }
}
