/// The syntax tree of a regular expression.
indirect enum PatternTree {
  case one(PatternClass)
  case assert(PatternProgram.Assertion)
  case sequence([PatternTree])
  case alternatives([PatternTree])
  case look(isNegative: Bool, PatternTree)
  case repeated(PatternTree, least: Int, most: Int?)
}

/// A set of characters.
struct PatternClass: Sendable {
  /// Letters, digits and the underscore; decimal digits; white space.
  enum Kind: Sendable { case word, digit, space }
  var ranges: [ClosedRange<Unicode.Scalar>] = []
  var kinds: [(kind: Kind, isNegative: Bool)] = []
  var isNegative = false

  /// Everything but a line break.
  static let any = PatternClass(ranges: ["\n"..."\n"], isNegative: true)

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let isListed =
      ranges.contains { $0.contains(scalar) }
      || kinds.contains { Self.contains($0.kind, scalar) != $0.isNegative }
    return isListed != isNegative
  }

  static func isWord(_ scalar: Unicode.Scalar) -> Bool { contains(.word, scalar) }

  private static func contains(_ kind: Kind, _ scalar: Unicode.Scalar) -> Bool {
    switch kind {
    case .word: scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    case .digit: scalar.properties.numericType == .decimal
    case .space: scalar.properties.isWhitespace
    }
  }
}

/// Reads the subset of Python's `re` syntax that ``ModulePattern`` describes.
struct PatternParser {
  private let text: [Unicode.Scalar]
  private var position = 0
  private var depth = 0

  init(_ text: String) { self.text = Array(text.unicodeScalars) }

  private var current: Unicode.Scalar? { position < text.count ? text[position] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    position += 1
    return true
  }

  /// The whole text.
  mutating func expression() throws(PatternError) -> PatternTree {
    let tree = try alternatives()
    guard position == text.count else { throw PatternError(reason: "a ) without its (") }
    return tree
  }

  private mutating func alternatives() throws(PatternError) -> PatternTree {
    depth += 1
    guard depth <= 50 else { throw PatternError(reason: "its groups are nested too deep") }
    var parts = [try sequence()]
    while take("|") { parts.append(try sequence()) }
    depth -= 1
    return .alternatives(parts)
  }

  private mutating func sequence() throws(PatternError) -> PatternTree {
    var parts: [PatternTree] = []
    while let next = current, next != "|", next != ")" { parts.append(try repeated(try atom())) }
    return .sequence(parts)
  }

  private mutating func repeated(_ atom: PatternTree) throws(PatternError) -> PatternTree {
    guard let (least, most) = try bounds() else { return atom }
    if case .assert = atom { throw PatternError(reason: "a repetition of nothing") }
    if take("+") { throw PatternError(reason: "possessive repetition is not supported") }
    _ = take("?")  // lazy: the same texts match
    let before = position
    guard try bounds() == nil else {
      position = before
      throw PatternError(reason: "a repetition of a repetition")
    }
    return .repeated(atom, least: least, most: most)
  }

  private mutating func bounds() throws(PatternError) -> (least: Int, most: Int?)? {
    if take("*") { return (0, nil) }
    if take("+") { return (1, nil) }
    if take("?") { return (0, 1) }
    // A brace that opens no repetition stands for itself.
    let start = position
    guard take("{") else { return nil }
    let least = number()
    let most = take(",") ? number() : least
    let isRange = position > start + 1 && text[position - 1] == "," || most != nil
    guard isRange, take("}"), position > start + 2 else {
      position = start
      return nil
    }
    guard least ?? 0 <= 1000, most ?? 0 <= 1000, most.map({ $0 >= least ?? 0 }) ?? true else {
      throw PatternError(reason: "a repetition count that is too large or runs backwards")
    }
    return (least ?? 0, most)
  }

  private mutating func number() -> Int? {
    var digits = ""
    while let digit = current, ("0"..."9").contains(digit) {
      digits.unicodeScalars.append(digit)
      position += 1
    }
    return digits.isEmpty ? nil : Int(digits) ?? Int.max
  }

  private mutating func atom() throws(PatternError) -> PatternTree {
    guard let scalar = current else { throw PatternError(reason: "it ends too early") }
    position += 1
    switch scalar {
    case ".": return .one(.any)
    case "^": return .assert(.start)
    case "$": return .assert(.end)
    case "(": return try group()
    case "[": return .one(try characterClass())
    case "\\": return try escape()
    case "*", "+", "?": throw PatternError(reason: "a repetition of nothing")
    default: return .one(PatternClass(ranges: [scalar...scalar]))
    }
  }

  private mutating func group() throws(PatternError) -> PatternTree {
    var look: Bool?
    if take("?") {
      switch current {
      case ":": position += 1
      case "=", "!":
        look = current == "!"
        position += 1
      case "P" where position + 1 < text.count && text[position + 1] == "<":
        guard let end = text[position...].firstIndex(of: ">") else {
          throw PatternError(reason: "a group's name does not end")
        }
        position = end + 1
      case "P": throw PatternError(reason: "back-references are not supported")
      case "<": throw PatternError(reason: "lookbehind is not supported")
      case ">": throw PatternError(reason: "atomic groups are not supported")
      default: throw PatternError(reason: "flags and conditions in groups are not supported")
      }
    }
    let inner = try alternatives()
    guard take(")") else { throw PatternError(reason: "a ( without its )") }
    return look.map { .look(isNegative: $0, inner) } ?? inner
  }

  private mutating func escape() throws(PatternError) -> PatternTree {
    guard let scalar = current else { throw PatternError(reason: "it ends with a backslash") }
    switch scalar {
    case "b", "B":
      position += 1
      return .assert(scalar == "b" ? .wordBoundary : .noWordBoundary)
    case "A", "Z":
      throw PatternError(reason: "\\\(scalar) is not supported; write ^ or $")
    case "0"..."9": throw PatternError(reason: "back-references are not supported")
    default: return .one(try escapedClass())
    }
  }

  /// What stands behind a backslash, inside and outside of brackets.
  private mutating func escapedClass() throws(PatternError) -> PatternClass {
    guard let scalar = current else { throw PatternError(reason: "it ends with a backslash") }
    position += 1
    switch scalar {
    case "d", "D": return PatternClass(kinds: [(.digit, scalar == "D")])
    case "w", "W": return PatternClass(kinds: [(.word, scalar == "W")])
    case "s", "S": return PatternClass(kinds: [(.space, scalar == "S")])
    case "n": return PatternClass(ranges: ["\n"..."\n"])
    case "t": return PatternClass(ranges: ["\t"..."\t"])
    case "a"..."z", "A"..."Z", "0"..."9": throw PatternError(reason: "the escape \\\(scalar) is not supported")
    default: return PatternClass(ranges: [scalar...scalar])
    }
  }

  private mutating func characterClass() throws(PatternError) -> PatternClass {
    var result = PatternClass()
    result.isNegative = take("^")
    var isFirst = true
    while let scalar = current, scalar != "]" || isFirst {
      isFirst = false
      let first = try member()
      guard current == "-", position + 1 < text.count, text[position + 1] != "]" else {
        result.ranges += first.ranges
        result.kinds += first.kinds
        continue
      }
      position += 1
      let last = try member()
      guard let low = first.ranges.first?.lowerBound, let high = last.ranges.first?.lowerBound, low <= high else {
        throw PatternError(reason: "a range of characters that runs backwards")
      }
      result.ranges.append(low...high)
    }
    guard take("]") else { throw PatternError(reason: "a [ without its ]") }
    return result
  }

  private mutating func member() throws(PatternError) -> PatternClass {
    guard let scalar = current else { throw PatternError(reason: "a [ without its ]") }
    position += 1
    return scalar == "\\" ? try escapedClass() : PatternClass(ranges: [scalar...scalar])
  }
}
