import StrictJSON

/// Which part of an assistant's turn it generates itself, and training on answers therefore judges: what stands behind the prompt
/// to generate, or else the turn's words, up to the mark that closes it.
extension Layout {
  /// The sections of a message with what of them is an answer.
  /// - Parameters:
  ///   - sections: One for each of the message's parts, in order.
  ///   - start: Where the first of them begins in the text.
  func markingAnswers(
    _ sections: [ChatTemplate.Section], of place: Int, from start: Int
  ) -> [ChatTemplate.Section] {
    let (word, message) = (words[place], messages[words[place].message])
    guard message.role.isSpelled("assistant") else { return sections }
    let isWhole = words.count { $0.message == word.message } == 1
    var (marked, begin) = (sections, start)
    for (index, section) in sections.enumerated() {
      let end = begin + section.text.unicodeScalars.count
      let part = message.parts[min(index, message.parts.count - 1)]
      // A turn that says nothing, as before a persona, is no answer.
      if part.data != nil || !part.text.isEmpty {
        marked[index].isAnswer = true
        let first = index == 0 ? generated(place, from: start) : begin + separatorLength(part)
        if isWhole, let first, first <= end {
          let last = index + 1 < sections.count ? end : closed(first, end, word)
          marked[index].answer = first - begin..<last - begin
        }
      }
      begin = end
    }
    return marked
  }

  /// Scalars of a persona's words that are the separator before them.
  private func separatorLength(_ part: Conversation.Turn) -> Int {
    part.text.unicodeScalars.count - (part.said ?? part.text).unicodeScalars.count
  }

  /// The end of a turn without the white space behind its closing mark.
  private func closed(_ first: Int, _ end: Int, _ word: Words) -> Int {
    var last = end
    while last > max(first, word.range.upperBound), text[last - 1].properties.isWhitespace { last -= 1 }
    return last
  }

  /// Where an assistant's turn begins to be generated; nil where that cannot be told.
  private func generated(_ place: Int, from start: Int) -> Int? {
    let (word, before) = (words[place], messages[..<words[place].message].map(\.turn))
    let name = "add_generation_prompt"
    let closed = variables.without(name)
    var open = closed
    _ = open.append(name, .boolean(true))
    // A template may know no prompt to generate, and then writes what it always does.
    if let opened = rendered(before, open), let plain = rendered(before, closed), opened != plain,
      (start...max(start, word.range.lowerBound)).contains(opened.count), text.starts(with: opened)
    {
      return opened.count
    }
    let turn = messages[word.message].turn
    let saysMore = turn.data?.members.contains { member in
      Conversation.Turn.spoken.contains(where: member.name.isSpelled) && !member.value.isNothing
    }
    return saysMore == true ? nil : word.range.lowerBound
  }
}
