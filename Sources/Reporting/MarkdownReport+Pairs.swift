import Results

/// Which tokens' scores changed most.
extension MarkdownReport {
  /// The most pairs of a table.
  private static let mostPairs = 8

  private typealias PlacedPair = (layer: Int, pair: TokenPair)

  var tokenPairs: String? {
    let blocks = tables.findings.spoken.map { (title: $0.pair.title, pairs: strongestPairs($0.rows.pairs)) }.filter {
      !$0.pairs.isEmpty
    }
    guard !blocks.isEmpty else { return nil }
    let context = TokenContext(analysis.excerpts ?? [])
    let tables = blocks.map { title, pairs in
      let cells = pairs.map { pairCells($0, context) }
      return "**\(Markdown.inline(title))**\n\n\(Markdown.table(Self.pairColumns, cells, words: 3))"
    }
    return """
      ## The pairs of tokens whose scores changed most

      \(readingOfPairs(blocks.flatMap(\.pairs), hasTexts: context.hasTexts))

      \(tables.joined(separator: "\n\n"))
      """
  }

  private func readingOfPairs(_ pairs: [PlacedPair], hasTexts: Bool) -> String {
    let moved = pairs.count { abs($0.pair.adapted - $0.pair.base) > 0.01 }
    let spelling = hasTexts ? "" : " No tokenizer could be read beside the base, so tokens are shown by their ids."
    return """
      A pair is a query (the token that looks) and a key (the token it looks at), each marked «so» among the tokens around \
      it.\(spelling) Here stand the pairs whose scores changed most, over all layers and heads. ΔS is centred: what all scores \
      of a query gain alike moves no attention and is taken off; the three terms sum to it. *Attention* is the part of the query's \
      attention that the key gets, in the base and in the adapted model. A score can change far where attention stays near zero: \
      here attention changes by more than one percentage point in \(moved) of \(Numbers.count(pairs.count, "pair")). \
      analysis.json has the strongest pairs of every layer and head (`pairs`); prompts are counted from 0.
      """
  }

  /// The strongest pairs of all layers. Each layer's list has the strongest of its own, so that as many are known here.
  private func strongestPairs(_ rows: [TokenPairs]) -> [PlacedPair] {
    let rows = rows.filter { $0.head == nil }
    let known = rows.map(\.strongest.count).max() ?? 0
    return rows.flatMap { row in row.strongest.map { (layer: row.layer, pair: $0) } }
      .sorted { Self.rank($0) < Self.rank($1) }.prefix(min(known, Self.mostPairs)).map(\.self)
  }

  private static func rank(_ place: PlacedPair) -> (Double, Int, Int, Int, Int, Int) {
    let pair = place.pair
    return (-abs(pair.centered.delta), place.layer, pair.prompt, pair.head, pair.queryPosition, pair.keyPosition)
  }

  private static let pairColumns =
    ["query", "key", "where", "ΔS, centred"] + Term.allCases.map(\.symbol) + ["attention"]

  private func pairCells(_ place: PlacedPair, _ context: TokenContext) -> [String] {
    let (layer, pair) = place
    let tokens = [pair.queryPosition, pair.keyPosition].map {
      context.markdown(analysis, prompt: pair.prompt, position: $0)
    }
    let position = "L\(layer)H\(pair.head), prompt \(pair.prompt) at \(pair.queryPosition) and \(pair.keyPosition)"
    return tokens + [position, Numbers.signed(pair.centered.delta)]
      + Term.allCases.map { Numbers.signed(pair.centered[$0]) }
      + ["\(Numbers.percent(pair.base)) to \(Numbers.percent(pair.adapted))"]
  }
}
