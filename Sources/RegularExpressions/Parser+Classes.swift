extension Parser {
  /// A class in brackets: ranges, escapes and, in Oniguruma, nested classes and intersections.
  mutating func bracketed() throws(RegularExpressionError) -> ScalarSet.Form {
    position += 1
    let isComplement = skip("^")
    var intersected: [ScalarSet.Form] = []
    var members: [ScalarSet.Form] = []
    if current == "]" {
      guard syntax == .python else { throw fault("a class that begins with ]") }
      members.append(try member())
    }
    while true {
      guard let scalar = current else { throw fault("a ] is missing") }
      if skip("]") { break }
      if syntax == .python {
        members.append(try member())
      } else if skip("&&") {
        intersected.append(.union(members))
        members = []
      } else if skip("[:") {
        throw fault("a class of the kind [:name:]")
      } else if scalar == "[" {
        if ignoresCase { throw fault("a class in a class without regard to case") }
        members.append(try descend { parser throws(RegularExpressionError) in try parser.bracketed() })
      } else {
        members.append(try member())
      }
    }
    let form = ScalarSet.Form.intersection(intersected + [.union(members)])
    return isComplement ? .complement(form) : form
  }

  /// A character, a range or an escape inside brackets.
  private mutating func member() throws(RegularExpressionError) -> ScalarSet.Form {
    let first = current == "\\" ? try escapedSet(inBrackets: true) : try literal()
    guard current == "-", position + 1 < pattern.count, pattern[position + 1] != "]" else {
      if ignoresCase, first.isClass { throw fault("a class in a class without regard to case") }
      return try folded(first)
    }
    position += 1
    if syntax == .oniguruma, pattern[position...].starts(with: ["&", "&"]) { throw fault("a - before &&") }
    if current == "[", syntax == .oniguruma { throw fault("a range that ends with a class") }
    let last = current == "\\" ? try escapedSet(inBrackets: true) : try literal()
    guard case .range(let low) = first, low.count == 1, case .range(let high) = last, high.count == 1 else {
      throw fault("a range whose ends are not characters")
    }
    guard low.lowerBound <= high.lowerBound else { throw fault("a range that ends before it begins") }
    return try folded(.range(low.lowerBound...high.lowerBound))
  }

  private mutating func literal() throws(RegularExpressionError) -> ScalarSet.Form {
    guard let scalar = current else { throw fault("a ] is missing") }
    position += 1
    return .scalar(scalar)
  }

  /// What `\` and the character after it mean, inside and outside of classes.
  mutating func escapedSet(inBrackets: Bool) throws(RegularExpressionError) -> ScalarSet.Form {
    guard position + 1 < pattern.count else { throw fault("an expression ends with \\") }
    let scalar = pattern[position + 1]
    let word = inBrackets ? syntax.wordInBrackets : syntax.word
    let form: ScalarSet.Form
    switch scalar {
    case "p" where syntax == .oniguruma, "P" where syntax == .oniguruma: return try property()
    case "s": form = syntax.whitespace
    case "S": form = .complement(syntax.whitespace)
    case "w": form = word
    case "W": form = .complement(word)
    case "d": form = .categories(CategorySet(.decimalNumber))
    case "D": form = .complement(.categories(CategorySet(.decimalNumber)))
    case "n": form = .scalar("\n")
    case "r": form = .scalar("\r")
    case "t": form = .scalar("\t")
    case "f": form = .scalar("\u{C}")
    case "v": form = .scalar("\u{B}")
    case "x", "u": return try hexadecimal()
    case "A"..."Z", "a"..."z", "0"..."9": throw fault("the escape \\\(scalar)")
    default: form = .scalar(scalar)
    }
    position += 2
    return form
  }

  /// `\xHH`, `\x{H…}` and `\uHHHH`.
  private mutating func hexadecimal() throws(RegularExpressionError) -> ScalarSet.Form {
    let start = position
    var digits: String
    if syntax == .oniguruma, skip("\\x{") {
      digits = String(String.UnicodeScalarView(pattern[position...].prefix { $0 != "}" }))
      position += digits.unicodeScalars.count + 1
    } else {
      let count = pattern[position + 1] == "x" ? 2 : 4
      position += 2
      digits = String(String.UnicodeScalarView(pattern[position...].prefix(count)))
      position += count
      if digits.unicodeScalars.count != count { digits = "" }
    }
    guard position <= pattern.count, digits.unicodeScalars.allSatisfy({ $0.properties.isASCIIHexDigit }),
      let value = UInt32(digits, radix: 16), let scalar = Unicode.Scalar(value)
    else {
      position = start
      throw fault("an escape that names no character")
    }
    if ignoresCase { throw fault("an escape of a character without regard to case") }
    // To Oniguruma \xE9 is a byte, to Python a character.
    if syntax == .oniguruma, value >= 0x80, pattern[start + 1] == "x", pattern[start + 2] != "{" {
      throw fault("an escape of a byte")
    }
    return .scalar(scalar)
  }

  /// `\p{L}`, `\p{^L}` and `\P{L}`: a general category.
  private mutating func property() throws(RegularExpressionError) -> ScalarSet.Form {
    var isComplement = pattern[position + 1] == "P"
    position += 2
    guard skip("{") else { throw fault("\\p without braces") }
    if skip("^") { isComplement.toggle() }
    let name = String(String.UnicodeScalarView(pattern[position...].prefix { $0 != "}" }))
    guard let categories = CategorySet(named: name) else { throw fault("the property \\p{\(name)}") }
    if ignoresCase, ["Lu", "Ll", "Lt"].contains(name) { throw fault("\\p{\(name)} without regard to case") }
    position += name.unicodeScalars.count
    guard skip("}") else { throw fault("a } is missing") }
    return isComplement ? .complement(.categories(categories)) : .categories(categories)
  }

  /// With the other case of each ASCII letter, if case does not count; ſ and K fold to s and k.
  func folded(_ form: ScalarSet.Form) throws(RegularExpressionError) -> ScalarSet.Form {
    guard ignoresCase, case .range(let range) = form else { return form }
    guard range.upperBound < 0x80 else { throw fault("letters beyond ASCII without regard to case") }
    var forms = [form]
    for value in range {
      switch value {
      case 0x41...0x5A: forms.append(.range(value + 32...value + 32))
      case 0x61...0x7A: forms.append(.range(value - 32...value - 32))
      default: continue
      }
      if value | 32 == 0x73 { forms.append(.scalar("\u{17F}")) }
      if value | 32 == 0x6B { forms.append(.scalar("\u{212A}")) }
    }
    return .union(forms)
  }
}
