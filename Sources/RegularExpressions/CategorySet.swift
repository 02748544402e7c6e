/// General categories of Unicode as a set of bits.
package struct CategorySet: OptionSet, Sendable, Hashable {
  /// A bit for each category, in the order of `names`.
  package let rawValue: UInt32

  /// The set of these bits.
  package init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The set of one category.
  init(_ category: Unicode.GeneralCategory) {
    rawValue = 1 << Self.position(of: category)
  }

  /// The categories of that name: `Lu`, or `L` for all letters.
  init?(named name: some StringProtocol) {
    let positions = Self.names.indices.filter { Self.names[$0] == name || Self.names[$0].prefix(1) == name }
    guard !positions.isEmpty else { return nil }
    rawValue = positions.reduce(0) { $0 | 1 << UInt32($1) }
  }

  /// The categories named L.
  package static let letters: CategorySet = [
    .init(.uppercaseLetter), .init(.lowercaseLetter), .init(.titlecaseLetter), .init(.modifierLetter),
    .init(.otherLetter),
  ]
  /// The categories named M.
  package static let marks: CategorySet = [.init(.nonspacingMark), .init(.spacingMark), .init(.enclosingMark)]
  /// The categories named N.
  package static let numbers: CategorySet = [.init(.decimalNumber), .init(.letterNumber), .init(.otherNumber)]
  /// The categories named P.
  package static let punctuation: CategorySet = [
    .init(.connectorPunctuation), .init(.dashPunctuation), .init(.openPunctuation), .init(.closePunctuation),
    .init(.initialPunctuation), .init(.finalPunctuation), .init(.otherPunctuation),
  ]

  private static let names = [
    "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf",
    "Po",
    "Sm", "Sc", "Sk", "So", "Zs", "Zl", "Zp", "Cc", "Cf", "Cs", "Co", "Cn",
  ]

  /// Where the category's name stands in `names`.
  private static func position(of category: Unicode.GeneralCategory) -> UInt32 {
    switch category {
    case .uppercaseLetter: 0
    case .lowercaseLetter: 1
    case .titlecaseLetter: 2
    case .modifierLetter: 3
    case .otherLetter: 4
    case .nonspacingMark: 5
    case .spacingMark: 6
    case .enclosingMark: 7
    case .decimalNumber: 8
    case .letterNumber: 9
    case .otherNumber: 10
    case .connectorPunctuation: 11
    case .dashPunctuation: 12
    case .openPunctuation: 13
    case .closePunctuation: 14
    case .initialPunctuation: 15
    case .finalPunctuation: 16
    case .otherPunctuation: 17
    case .mathSymbol: 18
    case .currencySymbol: 19
    case .modifierSymbol: 20
    case .otherSymbol: 21
    case .spaceSeparator: 22
    case .lineSeparator: 23
    case .paragraphSeparator: 24
    case .control: 25
    case .format: 26
    case .surrogate: 27
    case .privateUse: 28
    case .unassigned: 29
    @unknown default: 29
    }
  }
}
