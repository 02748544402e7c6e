import Results

/// Between which tokens attention changed most.
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
      ## The pairs of tokens between which attention changed most

      \(readingOfPairs(hasTexts: context.hasTexts))

      \(tables.joined(separator: "\n\n"))
      """
  }

  private func readingOfPairs(hasTexts: Bool) -> String {
    let spelling = hasTexts ? "" : " No tokenizer could be read beside the base, so tokens are shown by their ids."
    return """
      A pair is a query (the token that looks) and a key (the token it looks at), each marked «so» among the tokens around \
      it.\(spelling) Here stand the pairs that add most to what attention felt, over all layers and heads: *nats* is what a pair adds \
      for its one query, and never negative. *Attention* is the part of the query's attention that the key gets, in the base and in \
      the adapted model. ΔS is centred: what the query's scores gain on the mean of the base's attention is taken off, and the three \
      terms sum to what is left. A key that had nearly all of the attention is nearly that mean, and loses by what the others gain. \
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
    return (-pair.nats, place.layer, pair.prompt, pair.head, pair.queryPosition, pair.keyPosition)
  }

  private static let pairColumns =
    ["query", "key", "where", "nats", "attention", "ΔS, centred"] + Term.allCases.map(\.symbol)

  private func pairCells(_ place: PlacedPair, _ context: TokenContext) -> [String] {
    let (layer, pair) = place
    let tokens = [pair.queryPosition, pair.keyPosition].map {
      context.markdown(analysis, prompt: pair.prompt, position: $0)
    }
    let position = "L\(layer)H\(pair.head), prompt \(pair.prompt) at \(pair.queryPosition) and \(pair.keyPosition)"
    let attention = "\(Numbers.percent(pair.base)) to \(Numbers.percent(pair.adapted))"
    return tokens + [position, Numbers.size(pair.nats), attention, Numbers.signed(pair.centered.delta)]
      + Term.allCases.map { Numbers.signed(pair.centered[$0]) }
  }
}
