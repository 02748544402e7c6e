import Results

extension Phrase {
  /// The phrase as markdown.
  var markdown: String {
    spans.grouped { $0.isStrong == $1.isStrong }.map { group in
      let text = group.map { $0.isCode ? Markdown.name($0.text) : Markdown.inline($0.text) }.joined()
      return group[0].isStrong ? "**\(text)**" : text
    }.joined()
  }

  /// The phrase for a terminal; what stands out is bold where that is wanted.
  func terminal(isColored: Bool) -> String {
    spans.map { $0.isStrong && isColored ? "\u{1B}[1m\($0.text.visible)\u{1B}[0m" : $0.text.visible }.joined()
  }
}

extension Answer {
  /// The answer in the few lines that a terminal has room for.
  /// - Parameter isColored: Whether what matters may be bold.
  package func lines(isColored: Bool) -> [String] {
    let changed = blocks.filter { !$0.isFolded && $0.isChanged }
    guard !changed.isEmpty else { return [headline.terminal(isColored: isColored)] }
    return changed.map { $0.short.terminal(isColored: isColored) }
  }
}

extension Array {
  /// Neighbours that belong together, in arrays of their own.
  fileprivate func grouped(by belongs: (Element, Element) -> Bool) -> [[Element]] {
    reduce(into: [[Element]]()) { groups, element in
      if let last = groups.last?.last, belongs(last, element) {
        groups[groups.count - 1].append(element)
      } else {
        groups.append([element])
      }
    }
  }
}
