import StrictJSON

/// The special tokens that tokenizer_config.json and special_tokens_map.json name, by their roles or as a list.
struct SpecialTokens {
  /// A token of which a file gives the text, or the flags too.
  enum Value {
    case text(Name)
    case entry(AddedTokenEntry)

    var content: Name {
      switch self {
      case .text(let content): content
      case .entry(let entry): entry.content
      }
    }

    /// The token with its flags, which `entries` know of one that is a mere text.
    func asEntry(among entries: [AddedTokenEntry]) -> AddedTokenEntry {
      switch self {
      case .text(let content): entries.last { $0.content == content } ?? AddedTokenEntry(special: content)
      case .entry(let entry): entry
      }
    }
  }

  /// The roles of every tokenizer, in their order.
  private static let roles = [
    "bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token",
  ]

  private var byRole: [String: Value] = [:]
  /// Roles that a file names, be it to say that no token has them.
  private var stated: Set<Name> = []
  /// Roles of a model's own, from tokenizer_config.json or a dictionary, and those that only appear with flags or in the map.
  private var own: [(name: Name, value: Value)] = []
  private var late: [(name: Name, value: Value)] = []
  /// `extra_special_tokens`; nil where no file has it.
  private var listed: [Value]?
  /// `additional_special_tokens`, its older name, where that stands for itself.
  private var older: [Value]?

  /// Tokens with a role, in the order in which they are added.
  var named: [Value] {
    let first = late.filter { entry in !own.contains { $0.name == entry.name } }
    let both = late.compactMap { entry in own.first { $0.name == entry.name } }
    let rest = own.filter { entry in !late.contains { $0.name == entry.name } }
    return Self.roles.compactMap { byRole[$0] } + (first + both + rest).map(\.value)
  }

  /// Tokens without a role.
  var extra: [Value] { listed ?? older ?? [] }

  /// The texts that added_tokens.json takes for special.
  var contents: Set<Name> { Set(byRole.values.map(\.content) + (listed ?? []).map(\.content)) }

  /// Reads tokenizer_config.json.
  mutating func read(configuration reader: JSONReader) throws(JSONMemberError) {
    for (name, value) in reader.object.members where Name(name).isRole {
      if Self.roles.contains(where: { $0.isSpelled(name) }) {
        byRole[name] = try Self.value(value, reader, name)
        stated.insert(Name(name))
      } else if case .string(let text) = value {
        own.append((Name(name), .text(Name(text))))
      } else if let entry = try Self.typed(value, reader, name) {
        late.append((Name(name), .entry(entry)))
      }
    }
    try readLists(reader)
    if own.isEmpty, let object = try reader.optionalObject("model_specific_special_tokens") { try readRoles(object) }
  }

  private mutating func readLists(_ reader: JSONReader) throws(JSONMemberError) {
    let older = try Self.list(reader, "additional_special_tokens")
    if case .object = reader["extra_special_tokens"] {
      try readRoles(try reader.object("extra_special_tokens"))
      self.older = older
    } else {
      let extra = try Self.list(reader, "extra_special_tokens")
      listed = extra?.isEmpty == false ? extra : older ?? extra
    }
  }

  /// Takes the token that tokenizer.json fills prompts up with for the padding token, where no file names one.
  mutating func read(padding token: String?) {
    if let token, !stated.contains("pad_token") { byRole["pad_token"] = .text(Name(token)) }
  }

  /// A dictionary of roles of a model's own.
  private mutating func readRoles(_ reader: JSONReader) throws(JSONMemberError) {
    for (name, value) in reader.object.members {
      guard let value = try Self.value(value, reader, name) else {
        throw reader.error(name, "a token is expected, null was found")
      }
      own.removeAll { $0.name == Name(name) }
      own.append((Name(name), value))
    }
  }

  /// Reads special_tokens_map.json, whose tokens are all special and go before those of tokenizer_config.json.
  mutating func read(map reader: JSONReader) throws(JSONMemberError) {
    for (name, value) in reader.object.members {
      if Name(name) == "extra_special_tokens" {
        if case .object = value {
          try readRoles(try reader.object(name))
        } else if let more = try Self.list(reader, name, isMap: true) {
          let known = Set((listed ?? []).map(\.content))
          listed = (listed ?? []) + more.filter { !known.contains($0.content) }
        }
      } else if Name(name) == "additional_special_tokens" {
        older = try Self.list(reader, name, isMap: true)
      } else if Name(name).isRole {
        let token = try Self.value(value, reader, name, isMap: true)
        if Self.roles.contains(where: { $0.isSpelled(name) }) {
          byRole[name] = token
          stated.insert(Name(name))
        } else if let token {
          late.append((Name(name), token))
        }
      }
    }
  }

  /// A list of tokens; nil where it is absent or null.
  private static func list(
    _ reader: JSONReader, _ name: String, isMap: Bool = false
  ) throws(JSONMemberError) -> [Value]? {
    guard let elements = try reader.optionalArray(name) else { return nil }
    var values: [Value] = []
    for (index, element) in elements.enumerated() {
      guard let value = try value(element, reader, "\(name)[\(index)]", isMap: isMap) else {
        throw reader.error("\(name)[\(index)]", "a token is expected, null was found")
      }
      values.append(value)
    }
    return values
  }

  /// A token as a text or with flags; nil for null.
  /// - Parameter isMap: Whether an object needs no mark to be a token, which then is special.
  private static func value(
    _ value: JSONValue, _ reader: JSONReader, _ name: String, isMap: Bool = false
  ) throws(JSONMemberError) -> Value? {
    switch value {
    case .null: return nil
    case .string(let text): return .text(Name(text))
    case .object(let object) where isMap:
      var entry = try AddedTokenEntry(JSONReader(file: reader.file, path: name, object: object))
      entry.isSpecial = true
      return .entry(entry)
    default:
      guard let entry = try typed(value, reader, name) else {
        throw reader.error(
          name, "a text, or an object with \"__type\": \"AddedToken\", is expected, \(value.kind) was found")
      }
      return .entry(entry)
    }
  }

  /// An object that is marked as a token; nil for everything else.
  private static func typed(
    _ value: JSONValue, _ reader: JSONReader, _ name: String
  ) throws(JSONMemberError) -> AddedTokenEntry? {
    guard case .object(let object) = value, object["__type"] == .string("AddedToken") else { return nil }
    return try AddedTokenEntry(JSONReader(file: reader.file, path: name, object: object))
  }
}

extension Name {
  /// Whether a member of that name says what a token's role is.
  fileprivate var isRole: Bool { text.utf8.suffix(6).elementsEqual("_token".utf8) }
}
