import Results

extension Analysis {
  /// The same with pairs of tokens: in each layer two in one head's list and, the same, in the pooled one.
  /// - Parameter words: The texts of tokens, in turn; nil for tokens without texts.
  public func withPairs(words: [String]?) -> Analysis {
    var analysis = self
    var (single, pooled): ([TokenPairs], [TokenPairs]) = ([], [])
    for layer in 0..<base.layers {
      for pair in summary where pair.layer == nil && pair.raw.delta.rms > 0 {
        let isLookup = pair.query != pair.key
        let strongest = (0..<2).map { index in
          TokenPair(
            prompt: index, head: 1, queryPosition: 14 + index, keyPosition: isLookup ? 3 : 12,
            raw: change(pair.raw, 2 * Double(layer + 1)),
            centered: change(pair.centered, Double(layer + 1) / Double(index + 2)),
            base: 0.125, adapted: 0.125 * Double(layer + 2), nats: 0.125 * Double(layer + 1) / Double(index + 1))
        }
        single.append(TokenPairs(layer: layer, head: 1, query: pair.query, key: pair.key, strongest: strongest))
        pooled.append(TokenPairs(layer: layer, head: nil, query: pair.query, key: pair.key, strongest: strongest))
      }
    }
    analysis.pairs = single + pooled
    analysis.excerpts = (0..<2).map { prompt in
      let ids = (0..<18).map { (7 * $0 + prompt) % 32 }
      return Excerpt(
        prompt: prompt, start: prompt, ids: ids, texts: words.map { words in ids.map { words[$0 % words.count] } })
    }
    return analysis
  }

  private func change(_ part: Decomposition, _ delta: Double) -> TokenPair.Change {
    TokenPair.Change(delta: delta, terms: part.terms.map { $0.share * delta })
  }
}
