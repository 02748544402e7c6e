import Results

/// Tokens with those around them, as an analysis keeps them for its pairs.
struct TokenContext {
  /// How many tokens are shown before and behind the one that is meant.
  private static let (before, behind) = (5, 2)
  /// The most characters of one token.
  private static let longest = 24

  /// By prompt.
  private let excerpts: [Int: [Excerpt]]
  /// Whether there are texts; else tokens are shown by their ids.
  let hasTexts: Bool

  init(_ excerpts: [Excerpt]) {
    self.excerpts = Dictionary(grouping: excerpts, by: \.prompt)
    hasTexts = excerpts.contains { $0.texts != nil }
  }

  /// "… and the «answer» is 42", for markdown.
  func markdown(_ analysis: Analysis, prompt: Int, position: Int) -> String {
    guard let excerpt = excerpts[prompt]?.first(where: { $0.positions.contains(position) }) else {
      return "token \(position)"
    }
    let shown = (position - Self.before..<position + Self.behind + 1).clamped(to: excerpt.positions)
    let words = shown.map { place -> String in
      let word = word(excerpt, place)
      guard place == position else { return word }
      return word.isEmpty ? "«(part of a character)»" : "«\(word)»"
    }
    let text = words.joined(separator: excerpt.texts == nil ? " " : "")
    let isCut = (shown.lowerBound > 0, shown.upperBound < analysis.prompts[prompt].tokens)
    return "\(isCut.0 ? "…" : "")\(text)\(isCut.1 ? "…" : "")"
  }

  private func word(_ excerpt: Excerpt, _ position: Int) -> String {
    let place = position - excerpt.start
    guard let texts = excerpt.texts else { return "\(excerpt.ids[place])" }
    return Self.plain(Self.visible(texts[place]))
  }

  /// A token's text in one line, cut where it is long, with everything in it visible.
  static func visible(_ text: String) -> String {
    var visible = ""
    for scalar in (text.count > longest ? "\(text.prefix(longest))…" : text).unicodeScalars {
      switch scalar {
      case "\n": visible += "⏎"
      case "\t": visible += "⇥"
      // Emoji and several scripts join and part letters with these.
      case "\u{200C}", "\u{200D}": visible.unicodeScalars.append(scalar)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned: visible += "\u{FFFD}"
        default: visible.unicodeScalars.append(scalar)
        }
      }
    }
    return visible
  }

  /// A text inside a line of markdown: no markup and no links.
  private static func plain(_ visible: String) -> String {
    var result = ""
    for scalar in Markdown.inline(visible).unicodeScalars {
      // What would become a link or a name.
      if ":@".unicodeScalars.contains(scalar) || (scalar == "." && result.lowercased().hasSuffix("www")) {
        result += "\\"
      }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
