/// Methods of texts.
extension Renderer {
  func textMethod(_ name: String, of text: Text, _ call: Call) throws(JinjaError) -> Value {
    try charge(text.count / Limits.scalarsOfStep)
    guard Methods.supported.contains(Text(name)) else { throw unsupported("the method \(name) of a text") }
    guard !text.isMarkup else { throw unsupported("the method \(name) of a text that is marked as safe") }
    if name == "format" { return .text(try formatted(text, call)) }
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
    case "startswith", "endswith", "find", "count", "rfind", "index", "rindex":
      return try search(name, text, try call.bound(to: ["text", "start", "end"], of: name, self))
    case "removeprefix", "removesuffix":
      return try search(name, text, try call.bound(to: ["text"], of: name, self))
    case "rsplit":
      let arguments = try call.bound(to: ["sep", "maxsplit"], of: name, self)
      return try splitFromEnd(text, arguments[0] ?? .none, atMost: arguments[1])
    case "partition", "rpartition":
      return try parted(text, try call.bound(to: ["sep"], of: name, self)[0], isLast: name == "rpartition")
    case "splitlines":
      let keeps = try call.bound(to: ["keepends"], of: name, self)[0]?.isTrue ?? false
      return try list(Self.lines(of: text, keepingEnds: keeps).map { .text($0) })
    case "ljust", "rjust", "center", "zfill": return try widened(name, text, call)
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
    case "casefold": return try self.text(text.caseFolded)
    case "swapcase": return try self.text(text.swapped)
    case "isalpha", "isdigit", "isnumeric", "isdecimal", "isalnum", "isupper", "islower", "isascii":
      return .boolean(text.isOf(kind: name))
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

  /// A part of a text, as `find` and its like take start and end; nil where it begins behind the end.
  private func part(_ text: Text, _ bounds: ArraySlice<Value?>) throws(JinjaError) -> Range<Int>? {
    var places = [0, text.count]
    for (place, bound) in bounds.enumerated() {
      guard let bound, !bound.isNone else { continue }
      guard let integer = bound.integer else { throw failure("a text is searched from \(bound.kind)") }
      if place == 0, integer > text.count { return nil }
      places[place] = max(0, min(text.count, integer < 0 ? max(integer, -text.count) + text.count : integer))
    }
    return places[0] <= places[1] ? places[0]..<places[1] : nil
  }

  private func search(_ name: String, _ whole: Text, _ arguments: [Value?]) throws(JinjaError) -> Value {
    let what = arguments[0]
    let bounds = try part(whole, arguments.dropFirst())
    // Where the part is no part, nothing is found in it, also nothing empty.
    guard let bounds else {
      switch name {
      case "startswith", "endswith": return .boolean(false)
      case "count": return .integer(0)
      case "find", "rfind": return .integer(-1)
      default: throw failure("\(name) finds nothing")
      }
    }
    let text = bounds.count == whole.count ? whole : Text(whole.scalars[bounds])
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
    case "find", "index", "rfind", "rindex":
      let found =
        name.first == "r" ? try lastPosition(of: part, in: text) : try position(of: part, in: text.scalars[...])
      if let found { return .integer(found + bounds.lowerBound) }
      guard name.hasSuffix("find") else { throw failure("\(name) finds nothing") }
      return .integer(-1)
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

  private func lastPosition(of part: Text, in text: Text) throws(JinjaError) -> Int? {
    let found = try position(of: Text(part.scalars.reversed()), in: text.scalars.reversed()[...])
    return found.map { text.count - $0 - part.count }
  }

  private func splitFromEnd(_ text: Text, _ separator: Value, atMost: Value?) throws(JinjaError) -> Value {
    let turned: Value = if case .text(let part) = separator { .text(Text(part.scalars.reversed())) } else { separator }
    let pieces = try elements(of: try split(Text(text.scalars.reversed()), turned, atMost: atMost))
    return try list(
      pieces.reversed().map { piece in
        if case .text(let text) = piece { .text(Text(text.scalars.reversed())) } else { piece }
      })
  }

  private func parted(_ text: Text, _ separator: Value?, isLast: Bool) throws(JinjaError) -> Value {
    guard case .text(let part)? = separator, !part.isEmpty else { throw failure("a text is parted at nothing") }
    let found = isLast ? try lastPosition(of: part, in: text) : try position(of: part, in: text.scalars[...])
    guard let found else {
      return .tuple(try items(isLast ? [.text(""), .text(""), .text(text)] : [.text(text), .text(""), .text("")]))
    }
    return .tuple(
      try items([
        .text(Text(text.scalars[..<found])), .text(part), .text(Text(text.scalars[(found + part.count)...])),
      ]))
  }

  /// The lines of a text, as `str.splitlines` has them.
  static func lines(of text: Text, keepingEnds: Bool = false) -> [Text] {
    var lines: [Text] = []
    var rest = text.scalars[...]
    while !rest.isEmpty {
      let line = rest.prefix { !$0.isLineBreak }
      rest = rest.dropFirst(line.count)
      let end = rest.prefix(rest.starts(with: ["\r", "\n"]) ? 2 : 1)
      rest = rest.dropFirst(end.count)
      lines.append(Text(keepingEnds ? line + end : line))
    }
    return lines
  }

  private func widened(_ name: String, _ text: Text, _ call: Call) throws(JinjaError) -> Value {
    let arguments = try call.bound(to: name == "zfill" ? ["width"] : ["width", "fillchar"], of: name, self)
    guard let width = arguments[0]?.integer else { throw failure("\(name) is given no width") }
    var fill: Unicode.Scalar = name == "zfill" ? "0" : " "
    if name != "zfill", let given = arguments[1] {
      guard case .text(let text) = given, text.count == 1 else { throw failure("\(name) fills up with one character") }
      fill = text.scalars[0]
    }
    guard width > text.count else { return .text(text) }
    try chargeText(width)
    let missing = width - text.count
    let filled = { (count: Int) in Array(repeating: fill, count: count) }
    switch name {
    case "ljust": return .text(Text(text.scalars + filled(missing)))
    case "rjust": return .text(Text(filled(missing) + text.scalars))
    case "zfill":
      let sign = text.scalars.prefix { $0 == "+" || $0 == "-" }.prefix(1)
      return .text(Text(sign + filled(missing) + text.scalars.dropFirst(sign.count)))
    default:
      // CPython puts the odd one to the left where the width is odd.
      let left = missing / 2 + (missing & width & 1)
      return .text(Text(filled(left) + text.scalars + filled(missing - left)))
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
    guard !old.isEmpty else { return try self.text(try spread(new, in: text, atMost: most)) }
    let pieces = try pieces(of: text, between: old, atMost: most)
    let (growth, overflows) = new.count.multipliedReportingOverflow(by: pieces.count - 1)
    try chargeText(overflows ? .max : text.count + min(growth, Limits.scalars))
    return .text(Text(pieces.joined(separator: new.scalars)))
  }

  /// A text with another before each of its scalars and at its end.
  private func spread(_ part: Text, in text: Text, atMost most: Int) throws(JinjaError) -> Text {
    var result: [Unicode.Scalar] = []
    for (index, scalar) in text.scalars.enumerated() {
      if index < most { try append(part, to: &result) }
      result.append(scalar)
    }
    if text.count < most { try append(part, to: &result) }
    return Text(result)
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
