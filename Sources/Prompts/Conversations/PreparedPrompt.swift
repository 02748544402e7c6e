/// A conversation as tokens with regions, as a line of a prompt file has it.
///
/// Encoded as JSON it is such a line: `{"id": …, "input_ids": […], "separator": …, "regions": […], "loss_mask": […]}`.
public struct PreparedPrompt: Sendable, Equatable {
  /// The conversation's id.
  public var id: String
  /// Token ids of the whole text.
  public var tokens: [Int]
  /// Index of the first token of what the persona last says; nil where there is no persona.
  public var separator: Int?
  /// A region for each section, in order, from the first token to the last; nil where the separator alone tells them.
  public var regions: [Region]?
  /// By token, 1 where an answer is judged: of an assistant and of personas, behind the separator where there is one; nil where
  /// there is none.
  public private(set) var lossMask: [Int]?
  /// Whether there are answers of which it cannot be told which tokens they are, so that there is no ``lossMask``.
  public private(set) var hasUnclearAnswers = false
  /// How many tokens hold the end of a section and the beginning of the next; each belongs to the next.
  public private(set) var sharedTokens = 0

  /// Tokens of a conversation whose regions begin where their sections do.
  ///
  /// The text is encoded once a section, from its start to the section's end.
  /// - Parameters:
  ///   - id: The conversation's id, which an error names.
  ///   - sections: What ``ChatTemplate/sections(_:separator:)`` or ``ModelTemplate/sections(_:separator:)`` makes of its
  ///     turns.
  ///   - encode: Token ids of a text; special tokens in it are recognised, none are added.
  /// - Throws: ``PromptError/tokenAcrossRegions(id:region:)`` if a token holds the beginning of what a persona says and what is
  ///   before it.
  public init(id: String, sections: [ChatTemplate.Section], encode: (String) -> [Int]) throws(PromptError) {
    self.id = id
    tokens = encode(sections.map(\.text).joined())
    var regions: [Region] = []
    var prefix = ""
    for (index, section) in sections.enumerated() {
      prefix += section.text
      let start = regions.last?.end ?? 0
      let known = encode(prefix)
      var end = known.count
      if start > known.count || !tokens.starts(with: known) {
        guard index + 1 < sections.count, sections[index + 1].region != Conversation.persona else {
          throw .tokenAcrossRegions(id: id, region: section.region)
        }
        // The first token that is another one where the text ends here holds the next section's first character.
        end = max(start, zip(tokens, known).prefix { $0 == $1 }.count)
        sharedTokens += 1
      }
      regions.append(Region(name: section.region, start: start, end: end))
    }
    self.regions = regions
    separator = regions.last { $0.name == Conversation.persona }?.start
    markAnswers(sections, regions, encode)
  }

  /// Finds the tokens of answers. A token that holds the first or the last character of one belongs to it.
  private mutating func markAnswers(
    _ sections: [ChatTemplate.Section], _ regions: [Region], _ encode: (String) -> [Int]
  ) {
    var (mask, prefix) = (tokens.map { _ in 0 }, "")
    for (section, region) in zip(sections, regions) {
      if section.isAnswer, region.start >= separator ?? 0 {
        guard let answer = section.answer else {
          hasUnclearAnswers = true
          return
        }
        let ends = [answer.lowerBound, answer.upperBound].map { end in
          encode(prefix + String(String.UnicodeScalarView(section.text.unicodeScalars.prefix(end))))
        }
        let shared = ends.map { known in zip(tokens, known).prefix { $0 == $1 }.count }
        let end = min(shared[1] + (tokens.starts(with: ends[1]) ? 0 : 1), tokens.count)
        for token in shared[0]..<max(end, shared[0]) { mask[token] = 1 }
      }
      prefix += section.text
    }
    if mask.contains(1) { lossMask = mask }
  }

  /// Leaves the regions to the separator, `before` and `after`; without one, all is before it.
  public mutating func keepOnlySeparator() {
    regions = separator == nil ? [Region(name: "before", start: 0, end: tokens.count)] : nil
  }
}

extension PreparedPrompt: Encodable {
  private enum CodingKeys: String, CodingKey {
    case id
    case tokens = "input_ids"
    case separator, regions
    case lossMask = "loss_mask"
  }
}
