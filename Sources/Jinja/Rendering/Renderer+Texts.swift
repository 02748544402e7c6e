/// Methods of texts.
extension Renderer {
  func textMethod(_ name: String, of text: Text, _ call: Call) throws(JinjaError) -> Value {
    try charge(text.count / Limits.scalarsOfStep)
    guard Methods.supported.contains(Text(name)) else { throw unsupported("the method \(name) of a text") }
    // Python's methods of texts take no names, but for this one.
    guard call.named.isEmpty || name == "split" else { throw unsupported("\(name) with named arguments") }
    switch name {
    case "strip", "lstrip", "rstrip":
      let characters = try call.bound(to: ["chars"], of: name, self)[0]
      return try stripped(text, characters ?? .none, name == "strip" ? .both : name == "lstrip" ? .left : .right)
    case "split":
      let arguments = try call.bound(to: ["sep", "maxsplit"], of: name, self)
      return try split(text, arguments[0] ?? .none, atMost: arguments[1])
    case "replace":
      let arguments = try call.bound(to: ["old", "new", "count"], of: name, self)
      guard case .text(let old) = arguments[0], case .text(let new) = arguments[1] else {
        throw failure("replace takes two texts")
      }
      return try replaced(old, by: new, in: text, arguments[2])
    case "startswith", "endswith", "find", "count", "removeprefix", "removesuffix":
      return try search(name, text, try call.bound(to: ["text"], of: name, self)[0])
    case "join": return try joined(try call.bound(to: ["parts"], of: name, self)[0] ?? .none, by: text)
    default:
      _ = try call.bound(to: [], of: name, self)
      return try spelled(name, text)
    }
  }

  private func spelled(_ name: String, _ text: Text) throws(JinjaError) -> Value {
    switch name {
    case "upper": return try self.text(text.upper)
    case "lower": return try self.text(text.lower)
    case "capitalize": return try self.text(text.capitalized)
    case "title": return try self.text(text.titled)
    default: return .boolean(!text.isEmpty && text.scalars.allSatisfy(\.isSpace))
    }
  }

  func stripped(_ text: Text, _ characters: Value, _ ends: Text.Ends) throws(JinjaError) -> Value {
    switch characters {
    case .none: return try self.text(text.stripped(ends))
    case .text(let characters):
      let off = Set(characters.scalars)
      try charge(off.count)
      return try self.text(text.stripped(ends, where: off.contains))
    default: throw failure("\(characters.kind) is stripped off a text")
    }
  }

  private func search(_ name: String, _ text: Text, _ what: Value?) throws(JinjaError) -> Value {
    let isAtEnd = name == "endswith"
    let begins = { (part: Text) in
      isAtEnd ? text.scalars.suffix(part.count) == part.scalars[...] : text.scalars.starts(with: part.scalars)
    }
    if case .tuple(let items) = what, name == "startswith" || isAtEnd {
      for element in items.elements {
        guard case .text(let part) = element else { throw failure("\(name) is given \(element.kind)") }
        if begins(part) { return .boolean(true) }
      }
      return .boolean(false)
    }
    guard case .text(let part) = what else { throw failure("\(name) is given \(what?.kind ?? "nothing")") }
    switch name {
    case "startswith", "endswith": return .boolean(begins(part))
    case "find": return .integer(try position(of: part, in: text.scalars[...]) ?? -1)
    case "count": return .integer(part.isEmpty ? text.count + 1 : try pieces(of: text, between: part).count - 1)
    case "removeprefix":
      return try self.text(text.scalars.starts(with: part.scalars) ? Text(text.scalars.dropFirst(part.count)) : text)
    default:
      let ends = text.scalars.suffix(part.count) == part.scalars[...]
      return try self.text(ends ? Text(text.scalars.dropLast(part.count)) : text)
    }
  }

  /// The pieces of a text between occurrences of another, which is not empty.
  private func pieces(
    of text: Text, between separator: Text, atMost most: Int = .max
  ) throws(JinjaError) -> [ArraySlice<Unicode.Scalar>] {
    var pieces: [ArraySlice<Unicode.Scalar>] = []
    var rest = text.scalars[...]
    while pieces.count < most, let found = try position(of: separator, in: rest) {
      try charge()
      pieces.append(rest[..<found])
      rest = rest[(found + separator.count)...]
    }
    return pieces + [rest]
  }

  private func split(_ text: Text, _ separator: Value, atMost: Value?) throws(JinjaError) -> Value {
    var most = Int.max
    if let atMost {
      guard let count = atMost.integer else { throw failure("split is given \(atMost.kind) as a count") }
      most = count < 0 ? .max : count
    }
    switch separator {
    case .text(let separator):
      guard !separator.isEmpty else { throw failure("a text is split at an empty one") }
      return try list(try pieces(of: text, between: separator, atMost: most).map { .text(Text($0)) })
    case .none: return try list(Self.words(of: text, atMost: most).map { .text($0) })
    default: throw failure("a text is split at \(separator.kind)")
    }
  }

  /// What stands between white space; the last of a bounded number holds the rest.
  private static func words(of text: Text, atMost most: Int) -> [Text] {
    var words: [Text] = []
    var rest = text.scalars.drop(while: \.isSpace)
    while !rest.isEmpty {
      if words.count == most { return words + [Text(rest)] }
      let word = rest.prefix { !$0.isSpace }
      words.append(Text(word))
      rest = rest.dropFirst(word.count).drop(while: \.isSpace)
    }
    return words
  }

  func replaced(_ old: Text, by new: Text, in text: Text, _ count: Value?) throws(JinjaError) -> Value {
    var most = Int.max
    if let count {
      guard let count = count.integer else { throw failure("replace is given \(count.kind) as a count") }
      most = count < 0 ? .max : count
    }
    guard !old.isEmpty else { throw unsupported("replacing an empty text") }
    let pieces = try pieces(of: text, between: old, atMost: most)
    let (growth, overflows) = new.count.multipliedReportingOverflow(by: pieces.count - 1)
    try chargeText(overflows ? .max : text.count + min(growth, Limits.scalars))
    return .text(Text(pieces.joined(separator: new.scalars)))
  }

  /// The parts, which have to be texts, with another between them.
  private func joined(_ parts: Value, by separator: Text) throws(JinjaError) -> Value {
    let elements = try elements(of: parts)
    for element in elements {
      guard case .text = element else { throw failure("join is given \(element.kind) among the texts") }
    }
    return try join(elements, by: separator)
  }

  /// The parts as they are printed, with a text between them.
  func join(_ parts: [Value], by separator: Text) throws(JinjaError) -> Value {
    var result: [Unicode.Scalar] = []
    for (index, part) in parts.enumerated() {
      if index > 0 { try append(separator, to: &result) }
      try append(try printed(part), to: &result)
    }
    return .text(Text(result))
  }
}
