import RegularExpressions
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

  /// A text under way.
  struct Text {
    var scalars: [Unicode.Scalar]
    /// How many characters stem from the first one of the whole original text: `Metaspace` with the prepend_scheme
    /// `first` asks for that.
    var leading: Int
  }

  func normalize(_ text: inout Text) {
    guard !text.scalars.isEmpty else { return }
    switch self {
    case .unicode(let form): text.map(form.normalize)
    case .lowercase: text.map { $0.flatMap(\.lowercase) }
    case .stripAccents: text.map { $0.filter { !$0.isAccent } }
    case .nmt: text.map(Self.nmt)
    case .byteLevel: text.map(ByteAlphabet.encode)
    case .prepend(let prefix):
      text.scalars = prefix + text.scalars
      if text.leading > 0 { text.leading += prefix.count }
    case .replace(let pattern, let content): text.replace(pattern, with: content)
    case .strip(let left, let right): text.strip(left: left, right: right)
    case .sequence(let normalizers): for normalizer in normalizers { normalizer.normalize(&text) }
    }
  }

  /// SentencePiece's `nmt` rule: drops control characters and makes a space of what looks like one.
  private static func nmt(_ scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    scalars.compactMap { scalar in
      switch scalar.value {
      case 0x01...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x8F, 0x9F: nil
      case 0x09, 0x0A, 0x0C, 0x0D, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
      default: scalar
      }
    }
  }
}

extension Normalizer.Text {
  fileprivate mutating func map(_ transform: ([Unicode.Scalar]) -> [Unicode.Scalar]) {
    if leading > 0 { leading = transform(Array(scalars.prefix(leading))).count }
    scalars = transform(scalars)
  }

  fileprivate mutating func strip(left: Bool, right: Bool) {
    if right { scalars.removeLast(scalars.reversed().prefix(while: \.isWhitespace).count) }
    let removed = left ? scalars.prefix(while: \.isWhitespace).count : 0
    scalars.removeFirst(removed)
    leading = min(max(leading - removed, 0), scalars.count)
  }

  /// What replaces a match counts as stemming from the match's last character.
  fileprivate mutating func replace(_ pattern: RegularExpression, with content: [Unicode.Scalar]) {
    var result: [Unicode.Scalar] = []
    var resultLeading = 0
    var end = 0
    for match in pattern.matches(in: scalars[...]) {
      result += scalars[end..<match.lowerBound] + content
      resultLeading += max(0, min(match.lowerBound, leading) - end)
      end = match.upperBound
      if end <= leading { resultLeading += content.count }
    }
    scalars = result + scalars[end...]
    leading = resultLeading + max(0, leading - end)
  }
}

extension Normalizer {
  /// Reads the member `normalizer`.
  /// - Parameter allowance: See `RegularExpression`.
  init(_ reader: JSONReader, allowance: inout Int) throws(JSONMemberError) {
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
      self = .replace(
        try reader.pattern("pattern", allowance: &allowance),
        with: Array(try reader.string("content").unicodeScalars))
    case "Strip":
      self = .strip(left: try reader.boolean("strip_left"), right: try reader.boolean("strip_right"))
    case "Sequence":
      var parts: [Normalizer] = []
      for part in try reader.optionalObjects("normalizers") ?? [] {
        parts.append(try Normalizer(part, allowance: &allowance))
      }
      self = .sequence(parts)
    case let other:
      throw reader.unsupported(
        other,
        supported:
          "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Nmt, ByteLevel, Prepend, Replace, Strip and Sequence"
      )
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

  /// How many times as long a text can become where the same step once more makes it longer once more.
  var growth: Double {
    switch self {
    case .byteLevel: Double(ByteAlphabet.longest)
    case .prepend(let prefix): Double(1 + prefix.count)
    case .replace(let pattern, let content): Double(max(1, content.count + (pattern.mayBeEmpty ? 1 : 0)))
    case .sequence(let normalizers): normalizers.reduce(1) { $0 * $1.growth }
    default: 1
    }
  }
}
