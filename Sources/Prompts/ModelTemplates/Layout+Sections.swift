import StrictJSON

/// From words to sections: which marks belong to which turn.
extension Layout {
  /// Words of a system prompt that is put before the conversation.
  private static let systemProbe = "\u{F8D3}\u{F8D1}\u{F8D7}"

  /// The sections of the text.
  func sections() throws(PromptError) -> [ChatTemplate.Section] {
    guard let first = words.first else {
      return text.isEmpty ? [] : [section(messages[0].role, 0..<text.count)]
    }
    var sections: [ChatTemplate.Section] = []
    var start = 0
    if let end = ownSystemPrompt(before: first.range.lowerBound) {
      sections.append(section("system", 0..<end))
      start = end
    }
    let close = endOfTurns(after: words[words.count - 1].range.upperBound)
    for (place, word) in words.enumerated() {
      let end = place + 1 < words.count ? end(of: place) ?? word.range.upperBound : close
      sections += markingAnswers(try parts(of: place, in: start..<end), of: place, from: start)
      start = end
    }
    // What is written after the turns opens the assistant's next one.
    sections.append(section("assistant", close..<text.count))
    return sections.filter { !$0.text.isEmpty }
  }

  private func section(_ region: String, _ range: Range<Int>) -> ChatTemplate.Section {
    ChatTemplate.Section(region: region, text: String(String.UnicodeScalarView(text[range])))
  }

  // MARK: Boundaries

  /// Where the text ends that is written without a prompt to generate.
  private func endOfTurns(after words: Int) -> Int {
    let name = "add_generation_prompt"
    guard variables[name] == .boolean(true),
      let closed = rendered(messages.map(\.turn), variables.without(name)),
      (words...text.count).contains(closed.count), text.starts(with: closed)
    else { return text.count }
    return closed.count
  }

  /// Where what closes a message ends, which is followed by another one's words; nil where nothing tells.
  private func end(of place: Int) -> Int? {
    let (word, next) = (words[place], words[place + 1])
    let limit = next.range.lowerBound
    let closed = variables.without("add_generation_prompt")
    // The text up to a turn is often what the turns before it give alone.
    if next.message > word.message, let alone = rendered(messages[..<next.message].map(\.turn), closed),
      (word.range.upperBound...limit).contains(alone.count), text.starts(with: alone)
    {
      return alone.count
    }
    // What closes the last turn often closes every one.
    let last = turns(0..<word.message + 1, probing: word.message, at: word.last.path)
    if let alone = rendered(last, closed), let found = alone.occurrence(of: Self.probe) {
      let closing = alone[found.upperBound...]
      if !closing.isEmpty, closing.count <= limit - word.range.upperBound,
        text[word.range.upperBound..<limit].starts(with: closing)
      {
        return word.range.upperBound + closing.count
      }
    }
    return beginning(of: place + 1).flatMap { $0 >= word.range.upperBound ? $0 : nil }
  }

  /// Where what opens a message begins, if the message alone is opened so; `bos_token` is no part of that.
  private func beginning(of place: Int) -> Int? {
    let word = words[place]
    guard
      let alone = rendered(turns(word.message..<word.message + 1, probing: word.message, at: word.first.path)),
      let found = alone.occurrence(of: Self.probe)
    else { return nil }
    let start = template.beginning.map { Array($0.unicodeScalars) } ?? []
    let opening = alone[..<found.lowerBound].dropFirst(alone.starts(with: start) ? start.count : 0)
    guard !opening.isEmpty, text[..<word.range.lowerBound].reversed().starts(with: opening.reversed()) else {
      return nil
    }
    return word.range.lowerBound - opening.count
  }

  // MARK: Personas

  /// A message's section, divided where a persona begins to speak: there a probe is put in, which must change nothing else.
  private func parts(of place: Int, in range: Range<Int>) throws(PromptError) -> [ChatTemplate.Section] {
    let index = words[place].message
    let message = messages[index]
    guard words[place...].dropFirst().allSatisfy({ $0.message != index }) else {
      return [section(message.role, range)]
    }
    var sections: [ChatTemplate.Section] = []
    var start = range.lowerBound
    for part in message.parts.indices.dropFirst() {
      var probed = message
      probed.parts[part].text = Self.probeText + probed.parts[part].text
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

  // MARK: System prompts

  /// Where a system prompt ends that the template writes on its own: what it writes for one that is given stands around it.
  private func ownSystemPrompt(before words: Int) -> Int? {
    guard !messages.contains(where: { ["system", "developer"].contains($0.role) }) else { return nil }
    let said = Conversation.Turn(role: "system", text: Self.systemProbe)
    let system = ModelTemplate.Message(parts: [said], role: "system", number: 0)
    guard let given = try? Layout([system] + messages, variables, of: template), given.words.count > 1,
      given.words[0].message == 0, let end = given.end(of: 0)
    else { return nil }
    let (opening, closing) = (
      given.text[..<given.words[0].range.lowerBound], given.text[given.words[0].range.upperBound..<end]
    )
    let rest = given.text[end...]
    let own = text.count - rest.count
    guard own > 0, own <= words, text[own...] == rest else { return nil }
    // Definitions of tools are the system's wherever they stand before the first turn.
    if let tools = endOfTools(before: words) { return own >= tools ? own : nil }
    guard own >= opening.count + closing.count, text.starts(with: opening),
      text[..<own].reversed().starts(with: closing.reversed())
    else { return nil }
    // Marks alone are a turn if they open and close one.
    return own > opening.count + closing.count || (!opening.isEmpty && !closing.isEmpty) ? own : nil
  }

  /// Where the text ends that tools change, if that is before the first turn.
  private func endOfTools(before words: Int) -> Int? {
    guard let tools = variables["tools"], !tools.isNothing,
      let bare = rendered(messages.map(\.turn), variables.without("tools")), bare != text
    else { return nil }
    let end = text.count - zip(text.reversed(), bare.reversed()).prefix { $0 == $1 }.count
    return end <= words ? end : nil
  }
}
