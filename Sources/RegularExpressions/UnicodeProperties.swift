/// Unicode properties as the `tokenizers` library (0.23) sees them.
///
/// Its regular expressions know Unicode 16. A character younger than that counts as unassigned here too, however much the
/// running standard library knows; the few whose category changed later are named. Compared with the library over all
/// scalars.
extension Unicode.Scalar {
  /// Whether the character exists in a version of Unicode.
  package func exists(inVersion version: Int) -> Bool {
    guard let age = properties.age else { return false }
    return age.major < version || (age.major == version && age.minor == 0)
  }

  /// The general category, `Cn` if the character is younger than the version.
  package func category(inVersion version: Int) -> CategorySet {
    CategorySet(isASCII || exists(inVersion: version) ? properties.generalCategory : .unassigned)
  }

  /// The general category in regular expressions.
  package var category: CategorySet {
    value == 0x295 ? CategorySet(.lowercaseLetter) : category(inVersion: 16)
  }

  /// White space in every sense of the library: the property White_Space.
  package var isWhitespace: Bool { properties.isWhitespace }

  /// `\w` of the `regex` crate, by which `Whitespace` splits and `single_word` is decided.
  package var isWord: Bool {
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
}

extension CategorySet {
  /// The categories of `\w` beside the property Alphabetic.
  static let word: CategorySet = [.marks, .init(.decimalNumber), .init(.connectorPunctuation)]
}
