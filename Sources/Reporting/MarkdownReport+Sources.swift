import Results

/// What the terms with dK and dQ are made of.
extension MarkdownReport {
  /// In words, what a pair's terms are made of: "dKᵀQ is 97 % inherited: …".
  func sourceSentences(_ row: Block, _ pair: RegionPair) -> String {
    guard let sources = analysis.sources?.first(where: { $0.layer == nil && pair.matches($0) }) else { return "" }
    return [SourcedTerm.dKtQ, .KtdQ].filter { row.raw[$0.term].magnitude.rms > 0 }.map { term in
      let shares = sources[keyPath: term.shares]
      let ranked = shares.byName.filter { $0.size.rms > 0 }.sorted { $0.size.share > $1.size.share }
      let parts = ranked.prefix(2).map { "\(Numbers.percent($0.size.share)) \($0.name)" }
      return "\(term.term.symbol) is \(Markdown.list(parts))\(reason(term, shares))."
    }.joined(separator: " ")
  }

  private func reason(_ term: SourcedTerm, _ shares: SourceShares) -> String {
    if isUntrained(term) {
      return ": this adapter does not change \(projection(term)), its \(term.operands) move because the stream does"
    }
    if shares.inherited.rms == 0 { return ": it is the layers' own change, no stream moved that they read" }
    return ""
  }

  /// Whether the operand's own weights change nowhere.
  private func isUntrained(_ term: SourcedTerm) -> Bool {
    let all = (analysis.sources ?? []).map { $0[keyPath: term.shares] }
    return all.allSatisfy { $0.own.rms == 0 && $0.joint.rms == 0 }
  }

  /// By the name that the adapter itself would use, where its names are of that kind.
  private func projection(_ term: SourcedTerm) -> String {
    let (name, targets) = ("\(term.letter)_proj", analysis.adapted.targets)
    return targets.contains { $0.hasSuffix("_proj") } && !targets.contains(name) ? "`\(name)`" : term.projection
  }

  var sourceTables: String? {
    guard let sources = analysis.sources else { return nil }
    let rows = pairs.compactMap { pair in sources.first { $0.layer == nil && pair.matches($0) } }
    guard rows.contains(where: { $0.hasChange }) else { return nil }
    let names = rows.map(\.dKtQ).max { $0.byName.count < $1.byName.count }?.byName.map(\.name) ?? []
    let header = ["block"] + SourcedTerm.allCases.flatMap { term in names.map { "\(term.term.symbol) \($0)" } }
    let cells = rows.map { row in
      [Markdown.inline("\(row.query) → \(row.key)")]
        + SourcedTerm.allCases.flatMap { term in
          names.map { name in
            let size = row[keyPath: term.shares].byName.first { $0.name == name }?.size
            return size.map { $0.rms == 0 ? "0" : Numbers.percent($0.share) } ?? "–"
          }
        }
    }
    let lines = pairs.compactMap { pair in
      leading(sources.filter { $0.layer != nil && $0.head == nil && pair.matches($0) })
    }
    return """
      ## What the terms are made of

      Keys and queries change for three reasons: the layer's own weights changed (**own**, dW·x), the stream that it reads \
      changed (**inherited**, W·dx), or both (**joint**, dW·dx)\(names.contains("norm") ? "; **norm** is what the norm on queries and keys adds by dividing by another length" : ""). \
      Shares are of each term's own energy, over all layers and heads; 0 is an exact zero.

      \(Markdown.table(header, cells))

      \(lines.joined(separator: "\n"))
      """
  }

  /// Which source leads in which layers.
  private func leading(_ rows: [TermSources]) -> String? {
    guard rows.count > 1, let first = rows.first else { return nil }
    let terms = SourcedTerm.allCases.compactMap { term -> String? in
      let leaders = rows.compactMap { row -> (name: String, layer: Int)? in
        let best = row[keyPath: term.shares].byName.filter { $0.size.rms > 0 }.max { $0.size.share < $1.size.share }
        return best.map { ($0.name, row.layer ?? 0) }
      }
      let groups = first[keyPath: term.shares].byName.map(\.name).compactMap { name -> String? in
        let layers = leaders.filter { $0.name == name }.map(\.layer)
        return layers.isEmpty
          ? nil : "\(name) leads in \(Numbers.count(layers.count, "layer")) (\(Markdown.runs(layers)))"
      }
      return groups.isEmpty ? nil : "\(term.term.symbol): \(groups.joined(separator: ", "))"
    }
    return terms.isEmpty
      ? nil : "- \(Markdown.inline("\(first.query) → \(first.key)")): \(terms.joined(separator: "; "))."
  }
}

/// A term that has sources.
private enum SourcedTerm: CaseIterable {
  case dKtQ, KtdQ

  var term: Term { self == .dKtQ ? .dKtQ : .KtdQ }
  var shares: KeyPath<TermSources, SourceShares> { self == .dKtQ ? \.dKtQ : \.KtdQ }
  var letter: String { self == .dKtQ ? "k" : "q" }
  var operands: String { self == .dKtQ ? "keys" : "queries" }
  var projection: String { self == .dKtQ ? "the key projection" : "the query projection" }
}

extension TermSources {
  fileprivate var hasChange: Bool { (dKtQ.byName + KtdQ.byName).contains { $0.size.rms > 0 } }
}

extension RegionPair {
  fileprivate func matches(_ row: TermSources) -> Bool { row.query == query && row.key == key }
}
