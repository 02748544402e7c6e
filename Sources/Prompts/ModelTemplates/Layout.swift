import Jinja
import StrictJSON

/// Where the turns stand in a rendered text.
struct Layout {
  /// Words that no template knows: scalars of private use, which are no white space and in no other text.
  private static let probe = Array("\u{F8E3}\u{F8E1}\u{F8E7}".unicodeScalars)
  /// Others, of a system prompt that is put before the conversation.
  private static let systemProbe = "\u{F8D3}\u{F8D1}\u{F8D7}"

  private let template: ModelTemplate
  private let messages: [ModelTemplate.Message]
  private let text: [Unicode.Scalar]
  /// Where the words of messages stand, in the text's order; those that say nothing and are not written are left out.
  private var words: [(message: Int, range: Range<Int>)] = []

  init(_ messages: [ModelTemplate.Message], of template: ModelTemplate) throws(PromptError) {
    (self.messages, self.template) = (messages, template)
    text = Array(try template.text(of: messages.map(\.turn)).unicodeScalars)
    for index in messages.indices {
      if let range = try range(ofWordsOf: index) { words.append((index, range)) }
    }
    words.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
    for (first, second) in zip(words, words.dropFirst()) where first.range.upperBound > second.range.lowerBound {
      throw notFound(second.message)
    }
  }

  private func notFound(_ message: Int) -> PromptError {
    .turnNotFound(file: template.file, turn: messages[message].number, role: messages[message].role)
  }

  /// What the template makes of turns, nil where it refuses them.
  private func rendered(_ turns: [Conversation.Turn]) -> [Unicode.Scalar]? {
    (try? template.render(turns)).map { Array($0.unicodeScalars) }
  }

  /// Turns of which one says the probe alone.
  private func turns(_ range: Range<Int>, probing index: Int) -> [Conversation.Turn] {
    range.map { message in
      message == index
        ? Conversation.Turn(role: messages[message].role, text: String(String.UnicodeScalarView(Self.probe)))
        : messages[message].turn
    }
  }

  /// Where the text changes once a message says something else.
  private func range(ofWordsOf index: Int) throws(PromptError) -> Range<Int>? {
    let content = messages[index].turn.text
    let isSilent = content.unicodeScalars.allSatisfy(\.properties.isWhitespace)
    guard let changed = rendered(turns(messages.indices, probing: index)) else { throw notFound(index) }
    let found = changed.occurrences(of: Self.probe)
    if found.isEmpty {
      if isSilent { return nil }
      throw PromptError.turnLeftOut(
        file: template.file, turn: messages[index].number, role: messages[index].role)
    }
    guard found.count == 1 else { throw notFound(index) }
    let start = zip(text, changed).prefix { $0 == $1 }.count
    let end = text.count - zip(text.reversed(), changed.reversed()).prefix { $0 == $1 }.count
    if start <= end { return start..<end }
    // The template leaves the whole turn out where it says nothing.
    if isSilent { return nil }
    throw notFound(index)
  }

  // MARK: Boundaries

  /// Where what closes a message ends, which is followed by another one's words; nil where nothing tells.
  private func end(of place: Int) -> Int? {
    let (index, range) = words[place]
    let limit = words[place + 1].range.lowerBound
    let before = index + 1
    // The text up to a turn is often what the turns before it give alone.
    if words[place + 1].message == before, let alone = rendered(messages[..<before].map(\.turn)),
      (range.upperBound...limit).contains(alone.count), text.starts(with: alone)
    {
      return alone.count
    }
    // What closes the last turn often closes every one.
    if let alone = rendered(turns(0..<before, probing: index)), let found = alone.occurrence(of: Self.probe) {
      let closing = alone[found.upperBound...]
      if !closing.isEmpty, closing.count <= limit - range.upperBound,
        text[range.upperBound..<limit].starts(with: closing)
      {
        return range.upperBound + closing.count
      }
    }
    return beginning(of: place + 1).flatMap { $0 >= range.upperBound ? $0 : nil }
  }

  /// Where what opens a message begins, if the message alone is opened so; `bos_token` is no part of that.
  private func beginning(of place: Int) -> Int? {
    let (index, range) = words[place]
    guard let alone = rendered(turns(index..<index + 1, probing: index)),
      let found = alone.occurrence(of: Self.probe)
    else { return nil }
    let start = template.beginning.map { Array($0.unicodeScalars) } ?? []
    let opening = alone[..<found.lowerBound].dropFirst(alone.starts(with: start) ? start.count : 0)
    guard !opening.isEmpty, text[..<range.lowerBound].reversed().starts(with: opening.reversed()) else { return nil }
    return range.lowerBound - opening.count
  }

  // MARK: Sections

  /// The sections of the text.
  func sections() throws(PromptError) -> [ChatTemplate.Section] {
    guard let first = words.first else { throw notFound(0) }
    var sections: [ChatTemplate.Section] = []
    var start = 0
    if let end = ownSystemPrompt(before: first.range.lowerBound) {
      sections.append(section("system", 0..<end))
      start = end
    }
    for (place, word) in words.enumerated() {
      let end = place + 1 < words.count ? end(of: place) ?? word.range.upperBound : text.count
      sections += try parts(of: word.message, in: start..<end)
      start = end
    }
    return sections.filter { !$0.text.isEmpty }
  }

  private func section(_ region: String, _ range: Range<Int>) -> ChatTemplate.Section {
    ChatTemplate.Section(region: region, text: String(String.UnicodeScalarView(text[range])))
  }

  /// A message's section, divided where a persona begins to speak: there a probe is put in, which must change nothing else.
  private func parts(of index: Int, in range: Range<Int>) throws(PromptError) -> [ChatTemplate.Section] {
    let message = messages[index]
    var sections: [ChatTemplate.Section] = []
    var start = range.lowerBound
    for part in message.parts.indices.dropFirst() {
      var probed = message
      probed.parts[part].text = String(String.UnicodeScalarView(Self.probe)) + probed.parts[part].text
      var turns = messages.map(\.turn)
      turns[index] = probed.turn
      guard let changed = rendered(turns), let found = changed.occurrence(of: Self.probe),
        found.lowerBound >= start, found.lowerBound <= range.upperBound,
        changed[..<found.lowerBound] + changed[found.upperBound...] == text[...]
      else { throw notFound(index) }
      sections.append(section(message.parts[part - 1].role, start..<found.lowerBound))
      start = found.lowerBound
    }
    return sections + [section(message.parts[message.parts.count - 1].role, start..<range.upperBound)]
  }

  /// Where a system prompt ends that the template writes on its own: what it writes for one that is given stands around it.
  private func ownSystemPrompt(before words: Int) -> Int? {
    guard !messages.contains(where: { $0.role.isSpelled("system") }) else { return nil }
    let said = Conversation.Turn(role: "system", text: Self.systemProbe)
    let system = ModelTemplate.Message(parts: [said], role: "system", number: 0)
    guard let given = try? Layout([system] + messages, of: template), given.words.count > 1,
      given.words[0].message == 0, let end = given.end(of: 0)
    else { return nil }
    let (opening, closing) = (
      given.text[..<given.words[0].range.lowerBound], given.text[given.words[0].range.upperBound..<end]
    )
    let rest = given.text[end...]
    let own = text.count - rest.count
    guard own > 0, own <= words, own >= opening.count + closing.count, text.starts(with: opening),
      text[own...] == rest, text[..<own].reversed().starts(with: closing.reversed())
    else { return nil }
    // Marks alone are a turn if they open and close one.
    return own > opening.count + closing.count || (!opening.isEmpty && !closing.isEmpty) ? own : nil
  }
}

extension [Unicode.Scalar] {
  /// Where some scalars stand.
  fileprivate func occurrences(of part: [Unicode.Scalar]) -> [Range<Int>] {
    indices.filter { self[$0] == part.first && self[$0...].starts(with: part) }.map { $0..<$0 + part.count }
  }

  /// Where some scalars stand; nil if they do not, or several times.
  fileprivate func occurrence(of part: [Unicode.Scalar]) -> Range<Int>? {
    let found = occurrences(of: part)
    return found.count == 1 ? found[0] : nil
  }
}
