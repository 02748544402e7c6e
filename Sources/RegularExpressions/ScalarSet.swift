/// A set of characters: a class like `[^\s\p{L}]` of a regular expression, or a single one.
struct ScalarSet: Sendable {
  /// How a set is put together.
  indirect enum Form: Sendable, Equatable {
    case range(ClosedRange<UInt32>)
    case categories(CategorySet)
    case whitespace
    /// `\w`.
    case word
    /// `\w` in brackets, which leaves some characters out.
    case wordInBrackets
    case union([Form])
    case intersection([Form])
    case complement(Form)

    static let any = Form.complement(.union([]))

    /// Whether it is more than a character or a range.
    var isClass: Bool { if case .range = self { false } else { true } }

    /// How many parts it has: what a look at it costs.
    var size: Int {
      switch self {
      case .range, .categories, .whitespace, .word, .wordInBrackets: 1
      case .union(let forms), .intersection(let forms): forms.reduce(0) { $0 + $1.size }
      case .complement(let form): form.size
      }
    }

    static func scalar(_ scalar: Unicode.Scalar) -> Form { .range(scalar.value...scalar.value) }
  }

  private let form: Form
  /// Membership of ASCII, decided beforehand.
  private let ascii: (low: UInt64, high: UInt64)

  init(_ form: Form) {
    self.form = form
    var bits: (low: UInt64, high: UInt64) = (0, 0)
    for value in UInt8(0)..<128 {
      let scalar = Unicode.Scalar(value)
      guard Self.contains(form, scalar, category: scalar.category) else { continue }
      if value < 64 { bits.low |= 1 << UInt64(value) } else { bits.high |= 1 << UInt64(value - 64) }
    }
    ascii = bits
  }

  /// Whether the scalar, whose category the caller knows, belongs to the set.
  func contains(_ scalar: Unicode.Scalar, category: CategorySet) -> Bool {
    let value = scalar.value
    if value < 64 { return ascii.low >> UInt64(value) & 1 == 1 }
    if value < 128 { return ascii.high >> UInt64(value - 64) & 1 == 1 }
    return Self.contains(form, scalar, category: category)
  }

  private static func contains(_ form: Form, _ scalar: Unicode.Scalar, category: CategorySet) -> Bool {
    switch form {
    case .range(let range): range.contains(scalar.value)
    case .categories(let categories): !categories.isDisjoint(with: category)
    case .whitespace: scalar.isWhitespace
    case .word: scalar.isOnigurumaWord
    case .wordInBrackets: scalar.isOnigurumaWordInBrackets
    case .union(let forms): forms.contains { contains($0, scalar, category: category) }
    case .intersection(let forms): forms.allSatisfy { contains($0, scalar, category: category) }
    case .complement(let form): !contains(form, scalar, category: category)
    }
  }
}

extension RegularExpression.Syntax {
  /// What `\w` stands for. Python asks `str.isalnum`, which leaves marks out.
  var word: ScalarSet.Form {
    switch self {
    case .oniguruma: .word
    case .python: .union([.categories([.letters, .numbers]), .scalar("_")])
    }
  }

  /// What `[\w]` stands for.
  var wordInBrackets: ScalarSet.Form { self == .oniguruma ? .wordInBrackets : word }

  /// What `\s` stands for. Python's `str.isspace` also counts the four separators of ASCII.
  var whitespace: ScalarSet.Form { self == .oniguruma ? .whitespace : .union([.whitespace, .range(0x1C...0x1F)]) }
}
