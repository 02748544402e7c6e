/// Unicode properties as the `tokenizers` library (0.23) sees them.
///
/// Its parts know different versions of Unicode: regular expressions 16, lower case and digits 17, normalization and
/// accents 9, punctuation 8. A character younger than that counts as unassigned here too, however much the running
/// standard library knows; the few whose category changed later are named. Compared with the library over all scalars.
extension Unicode.Scalar {
  /// Whether the character exists in a version of Unicode.
  func exists(inVersion version: Int) -> Bool {
    guard let age = properties.age else { return false }
    return age.major < version || (age.major == version && age.minor == 0)
  }

  /// The general category, `Cn` if the character is younger than the version.
  func category(inVersion version: Int) -> CategorySet {
    CategorySet(isASCII || exists(inVersion: version) ? properties.generalCategory : .unassigned)
  }

  /// The general category in regular expressions.
  var category: CategorySet {
    value == 0x295 ? CategorySet(.lowercaseLetter) : category(inVersion: 16)
  }

  /// White space in every sense of the library: the property White_Space.
  var isWhitespace: Bool { properties.isWhitespace }

  /// `\w` of the `regex` crate, by which `Whitespace` splits and `single_word` is decided.
  var isWord: Bool {
    exists(inVersion: 16)
      && (properties.isAlphabetic || properties.isJoinControl || !category.isDisjoint(with: .word))
  }

  /// `[\w]` of Oniguruma: without the joiners.
  var isOnigurumaWordInBrackets: Bool { isWord && !properties.isJoinControl }

  /// `\w` of Oniguruma, which outside brackets holds ² ³ ¹ ¼ ½ ¾ too.
  var isOnigurumaWord: Bool {
    switch value {
    case 0xB2, 0xB3, 0xB9, 0xBC...0xBE: true
    default: isOnigurumaWordInBrackets
    }
  }

  /// What the pre-tokenizer `Digits` splits at.
  var isNumeric: Bool { !category(inVersion: 17).isDisjoint(with: .numbers) }

  /// What the pre-tokenizer `Punctuation` splits at.
  var isPunctuation: Bool {
    switch value {
    case 0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E: true
    case 0x166D, 0x111C9: true
    default: !category(inVersion: 8).isDisjoint(with: .punctuation)
    }
  }

  /// What the normalizer `StripAccents` removes.
  var isAccent: Bool {
    switch value {
    case 0x1CF2, 0x1CF3: true
    case 0x111C9: false
    default: !category(inVersion: 9).isDisjoint(with: .marks)
    }
  }

  /// The lower case, letter by letter: a final sigma is not told apart.
  var lowercase: String.UnicodeScalarView {
    exists(inVersion: 17) ? properties.lowercaseMapping.unicodeScalars : String.UnicodeScalarView([self])
  }
}

extension CategorySet {
  /// The categories of `\w` beside the property Alphabetic.
  static let word: CategorySet = [.marks, .init(.decimalNumber), .init(.connectorPunctuation)]
}
