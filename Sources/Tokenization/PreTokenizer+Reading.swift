import StrictJSON

extension PreTokenizer {
  /// Reads the member `pre_tokenizer`.
  /// - Parameter allowance: See `RegularExpression`.
  init(_ reader: JSONReader, allowance: inout Int) throws(JSONMemberError) {
    switch try reader.string("type") {
    case "ByteLevel":
      _ = try reader.boolean("trim_offsets")
      self = .byteLevel(
        addsPrefixSpace: try reader.boolean("add_prefix_space"),
        splits: try reader.optionalBoolean("use_regex") ?? true)
    case "Split":
      self = .split(
        try reader.pattern("pattern", allowance: &allowance), try SplitBehavior(reader, "behavior"),
        inverted: try reader.boolean("invert"))
    case "Digits": self = .digits(individual: try reader.boolean("individual_digits"))
    case "Metaspace": self = try Self.metaspace(reader)
    case "Punctuation":
      self = .punctuation(reader["behavior"] == nil ? .isolated : try SplitBehavior(reader, "behavior"))
    case "Whitespace": self = .whitespace
    case "WhitespaceSplit": self = .whitespaceSplit
    case "Sequence":
      var parts: [PreTokenizer] = []
      for part in try reader.optionalObjects("pretokenizers") ?? [] {
        parts.append(try PreTokenizer(part, allowance: &allowance))
      }
      self = .sequence(parts)
    case let other:
      throw reader.unsupported(
        other,
        supported:
          "ByteLevel, Split, Digits, Metaspace, Punctuation, Whitespace, WhitespaceSplit and Sequence")
    }
  }

  private static func metaspace(_ reader: JSONReader) throws(JSONMemberError) -> PreTokenizer {
    let replacement = Array(try reader.string("replacement").unicodeScalars)
    guard replacement.count == 1, let scalar = replacement.first else {
      throw reader.error("replacement", "one character is expected")
    }
    let name = try reader.optionalString("prepend_scheme") ?? "always"
    guard let scheme = PrependScheme(rawValue: name) else {
      throw reader.error("prepend_scheme", "\(name) is unknown; known are first, never and always")
    }
    if try reader.optionalBoolean("add_prefix_space") == false, scheme != .never {
      throw reader.error(
        "add_prefix_space", "false contradicts the prepend_scheme \(name); remove one of them")
    }
    return .metaspace(replacement: scalar, scheme, splits: try reader.optionalBoolean("split") ?? true)
  }

  /// Whether the words come out as characters that stand for bytes.
  var endsInBytes: Bool {
    switch self {
    case .byteLevel: true
    case .sequence(let parts): parts.last?.endsInBytes ?? false
    default: false
    }
  }

  /// See ``Normalizer/growth``.
  var growth: Double {
    switch self {
    case .byteLevel: Double(ByteAlphabet.longest)
    case .metaspace: 2
    case .sequence(let parts): parts.reduce(1) { $0 * $1.growth }
    default: 1
    }
  }
}
