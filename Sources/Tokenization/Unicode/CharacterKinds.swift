import RegularExpressions

/// What normalizers and pre-tokenizers of the `tokenizers` library (0.23) ask about a character.
///
/// Each knows a version of Unicode of its own: lower case and digits 17, normalization and accents 9, punctuation 8. The
/// few characters whose category changed later are named. Compared with the library over all scalars.
extension Unicode.Scalar {
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
