/// A text as Python has it: Unicode scalars, which are counted, compared and cut one by one.
struct Text: Hashable, Sendable, Comparable, ExpressibleByStringLiteral {
  var scalars: [Unicode.Scalar]
  /// Whether the filters `safe` or `escape` made it: what is added to it by `+` is escaped.
  var isMarkup = false

  init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

  init(_ string: String) { scalars = Array(string.unicodeScalars) }

  init(stringLiteral string: String) { self.init(string) }

  var count: Int { scalars.count }
  var isEmpty: Bool { scalars.isEmpty }

  var string: String {
    var view = String.UnicodeScalarView()
    view.append(contentsOf: scalars)
    return String(view)
  }

  static func == (left: Text, right: Text) -> Bool { left.scalars == right.scalars }

  func hash(into hasher: inout Hasher) { hasher.combine(scalars) }

  static func < (left: Text, right: Text) -> Bool { left.scalars.lexicographicallyPrecedes(right.scalars) }
}

extension Text {
  var markup: Text {
    var marked = self
    marked.isMarkup = true
    return marked
  }

  /// With the marks of HTML spelled out, unless it is markup already.
  var escaped: Text {
    if isMarkup { return self }
    let spelled: [Unicode.Scalar: String] = ["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&#34;", "'": "&#39;"]
    return Text(scalars.flatMap { spelled[$0].map { Array($0.unicodeScalars) } ?? [$0] }).markup
  }
}

extension Unicode.Scalar {
  /// Whether Python's `str.isspace` and `\s` take it for white space.
  var isSpace: Bool {
    switch value {
    case 0x09...0x0D, 0x1C...0x20, 0x85, 0xA0, 0x1680, 0x2000...0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000: true
    default: false
    }
  }

  /// Whether `str.splitlines` ends a line with it.
  var isLineBreak: Bool {
    switch value {
    case 0x0A...0x0D, 0x1C...0x1E, 0x85, 0x2028, 0x2029: true
    default: false
    }
  }

  var isDigit: Bool { ("0"..."9").contains(self) }

  var isNameStart: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) || self == "_" }
}

extension Text {
  /// Which ends of a text are meant.
  enum Ends {
    case left, right, both
  }

  /// Without what stands at its ends.
  func stripped(_ ends: Ends = .both, where isOff: (Unicode.Scalar) -> Bool = \.isSpace) -> Text {
    var kept = scalars[...]
    if ends != .right { kept = kept.drop(while: isOff) }
    while ends != .left, let last = kept.last, isOff(last) { kept.removeLast() }
    return Text(kept)
  }

  /// In capitals, as `str.upper` has them.
  var upper: Text { Text(scalars.flatMap(\.properties.uppercaseMapping.unicodeScalars)) }

  /// In small letters, as `str.lower` has them: Σ at the end of a word is ς.
  var lower: Text { Text(scalars.indices.flatMap(lowered)) }

  private func lowered(at index: Int) -> String.UnicodeScalarView {
    guard scalars[index] == "\u{3A3}" else { return scalars[index].properties.lowercaseMapping.unicodeScalars }
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    let isFinal = before?.properties.isCased == true && after?.properties.isCased != true
    return (isFinal ? "\u{3C2}" : "\u{3C3}").unicodeScalars
  }

  /// The first letter large, all others small, as `str.capitalize` has it.
  var capitalized: Text {
    guard let first = scalars.first else { return self }
    return Text(Array(first.properties.titlecaseMapping.unicodeScalars) + lower.scalars(afterLoweringOf: first))
  }

  /// The scalars of a text in small letters without those that its first one became.
  private func scalars(afterLoweringOf first: Unicode.Scalar) -> ArraySlice<Unicode.Scalar> {
    scalars.dropFirst(first.properties.lowercaseMapping.unicodeScalars.count)
  }

  /// Each word with a large first letter, as the method `str.title` has it: a word is a run of letters.
  var titled: Text {
    var isInWord = false
    let small = lower
    // A scalar whose small form is longer would shift the two texts; it is written by its own mapping.
    let isAligned = small.count == count
    return Text(
      scalars.indices.flatMap { index -> [Unicode.Scalar] in
        defer { isInWord = scalars[index].properties.isCased }
        if !isInWord { return Array(scalars[index].properties.titlecaseMapping.unicodeScalars) }
        return isAligned
          ? [small.scalars[index]] : Array(scalars[index].properties.lowercaseMapping.unicodeScalars)
      })
  }

  /// Each word with a large first letter, as Jinja2's filter `title` has it: a word begins after white space, - or an
  /// opening bracket.
  var titledByFilter: Text {
    let isBreak = { (scalar: Unicode.Scalar) in scalar.isSpace || ["-", "(", "{", "[", "<"].contains(scalar) }
    var result: [Unicode.Scalar] = []
    var rest = scalars[...]
    while let first = rest.first {
      let word = rest.prefix { isBreak($0) == isBreak(first) }
      result += Text([first]).upper.scalars + Text(word.dropFirst()).lower.scalars
      rest = rest.dropFirst(word.count)
    }
    return Text(result)
  }
}

extension Text {
  /// As `str.casefold` has it: for comparisons; ẞ and ß are ss, and other letters as in small ones but for a few.
  var caseFolded: Text {
    Text(
      scalars.flatMap { scalar -> [Unicode.Scalar] in
        Text(String(String.UnicodeScalarView([scalar])).uppercased()).lower.scalars
      })
  }

  /// Small letters large and large ones small.
  var swapped: Text {
    let small = lower
    return Text(
      scalars.indices.flatMap { index -> [Unicode.Scalar] in
        let properties = scalars[index].properties
        if properties.isLowercase { return Array(properties.uppercaseMapping.unicodeScalars) }
        guard properties.isUppercase else { return [scalars[index]] }
        return small.count == count ? [small.scalars[index]] : Array(properties.lowercaseMapping.unicodeScalars)
      })
  }

  /// What the methods `isalpha` and so on say.
  func isOf(kind: String) -> Bool {
    switch kind {
    case "isascii": return scalars.allSatisfy(\.isASCII)
    case "isupper": return scalars.contains(where: \.isUpper) && !scalars.contains(where: \.isLower)
    case "islower": return scalars.contains(where: \.isLower) && !scalars.contains(where: \.isUpper)
    default: return !isEmpty && scalars.allSatisfy { $0.isOf(kind: kind) }
    }
  }
}

extension Unicode.Scalar {
  fileprivate var isUpper: Bool { properties.isUppercase || properties.generalCategory == .titlecaseLetter }
  fileprivate var isLower: Bool { properties.isLowercase }

  fileprivate func isOf(kind: String) -> Bool {
    let isLetter =
      switch properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: true
      default: false
      }
    switch kind {
    case "isalpha": return isLetter
    case "isdecimal": return properties.numericType == .decimal
    case "isdigit": return properties.numericType == .decimal || properties.numericType == .digit
    case "isnumeric": return properties.numericType != nil
    default: return isLetter || properties.numericType != nil
    }
  }
}
