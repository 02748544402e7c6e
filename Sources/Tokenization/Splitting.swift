import StrictJSON

/// What becomes of the characters at which a pre-tokenizer splits: the library's `SplitDelimiterBehavior`.
enum SplitBehavior: String, Sendable {
  case removed = "Removed"
  case isolated = "Isolated"
  case mergedWithPrevious = "MergedWithPrevious"
  case mergedWithNext = "MergedWithNext"
  case contiguous = "Contiguous"

  /// Reads a behavior.
  init(_ reader: JSONReader, _ name: String) throws(JSONMemberError) {
    let text = try reader.string(name)
    guard let behavior = SplitBehavior(rawValue: text) else {
      throw reader.error(
        name,
        "\(text) is unknown; known are Removed, Isolated, MergedWithPrevious, MergedWithNext and Contiguous")
    }
    self = behavior
  }

  /// Joins sections that cover a text into pieces.
  func pieces(_ sections: [Section]) -> [Range<Int>] {
    switch self {
    case .removed: sections.filter { !$0.isMatch }.map(\.range)
    case .isolated: sections.map(\.range)
    case .contiguous: Self.join(sections) { isMatch, previous in isMatch == previous }
    case .mergedWithPrevious: Self.join(sections) { isMatch, previous in isMatch && !previous }
    case .mergedWithNext:
      Self.join(sections.reversed()) { isMatch, previous in isMatch && !previous }.reversed()
    }
  }

  /// Joins a section with the piece before where `joins` says so of it and of the section before.
  private static func join(_ sections: [Section], _ joins: (Bool, Bool) -> Bool) -> [Range<Int>] {
    var pieces: [Range<Int>] = []
    var previous = false
    for section in sections {
      if joins(section.isMatch, previous), let last = pieces.last {
        let lower = min(last.lowerBound, section.range.lowerBound)
        pieces[pieces.count - 1] = lower..<max(last.upperBound, section.range.upperBound)
      } else {
        pieces.append(section.range)
      }
      previous = section.isMatch
    }
    return pieces
  }
}

/// A part of a text: a match of a pattern, or what lies between two.
struct Section {
  var range: Range<Int>
  var isMatch: Bool

  /// The matches of an expression and the rest, in order.
  static func sections(of text: ArraySlice<Unicode.Scalar>, at matches: [Range<Int>]) -> [Section] {
    var sections: [Section] = []
    var end = text.startIndex
    for match in matches {
      if end != match.lowerBound { sections.append(Section(range: end..<match.lowerBound, isMatch: false)) }
      sections.append(Section(range: match, isMatch: true))
      end = match.upperBound
    }
    if end != text.endIndex { sections.append(Section(range: end..<text.endIndex, isMatch: false)) }
    return sections
  }

  /// Every character of a kind is a match of its own.
  static func sections(
    of text: ArraySlice<Unicode.Scalar>, where isMatch: (Unicode.Scalar) -> Bool
  ) -> [Section] {
    sections(of: text, at: text.indices.filter { isMatch(text[$0]) }.map { $0..<$0 + 1 })
  }
}
