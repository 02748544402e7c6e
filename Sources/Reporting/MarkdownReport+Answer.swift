import Attribution

/// The answer in plain words.
extension MarkdownReport {
  var answer: String {
    let lines = pairs.compactMap { pair in
      pooled(pair).map { "- **\(Markdown.inline(pair.title))**: \(verdict($0, pair))" }
    }
    return (["## The answer", opening] + [lines.joined(separator: "\n")]).joined(separator: "\n\n")
  }

  /// The row over all layers and heads.
  func pooled(_ pair: RegionPair) -> Block? {
    analysis.summary.first { $0.layer == nil && $0.head == nil && pair.matches($0) }
  }

  /// The pooled rows of the layers, in order.
  func layerRows(_ pair: RegionPair) -> [Block] {
    analysis.summary.filter { $0.layer != nil && $0.head == nil && pair.matches($0) }
  }

  private var opening: String {
    if analysis.adapted.kind == "none" {
      return "The base was compared with itself. Every change is exactly zero."
    }
    guard pairs.contains(where: { pooled($0)?.raw.delta.rms ?? 0 > 0 }) else {
      return "No attention score changed on these prompts."
    }
    return """
      A score changes through the keys (dKᵀQ), through the queries (KᵀdQ), and through both at once (dKᵀdQ). \
      \(readingOfPairs) A share is the part of the change's energy that a term explains; brackets hold 95 % bootstrap \
      intervals over the prompts.
      """
  }

  private var readingOfPairs: String {
    Set(analysis.regions).isSuperset(of: ["before", "after"])
      ? "Read “after → before” as: queries after the separator looking up keys before it."
      : "Read “a → b” as: queries in region a looking up keys in region b."
  }

  private func verdict(_ row: Block, _ pair: RegionPair) -> String {
    let structural = Term.allCases.filter { row.raw[$0].zero == .structural }
    guard row.raw.delta.rms > 0 else {
      return structural.count == 3
        ? "nothing changes. Neither keys nor queries can differ here: the mask or the adapter's targets keep all three terms at exactly zero."
        : "nothing changed."
    }
    var sentences = [dominance(row)]
    if !structural.isEmpty { sentences.append(structuralSentence(structural)) }
    let leaks = Term.allCases.filter { row.raw[$0].zero == .leak }
    if !leaks.isEmpty {
      sentences.append(
        "**\(Markdown.list(leaks.map(\.symbol))) should be zero by the mask and is not: a leak, which is an error.**")
    }
    sentences.append(acrossLayers(pair))
    sentences.append(centredSentence(row))
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func dominance(_ row: Block) -> String {
    let ranked = Term.allCases.sorted { row.raw[$0].share > row.raw[$1].share }
    let shares = ranked.filter { row.raw[$0].zero != .structural }.map { term in
      "\(term.symbol) \(Numbers.percent(row.raw[term].share))\(interval(row.raw[term]))"
    }
    switch row.raw.dominantTerm {
    case .term(let term) where shares.count == 1: return "all of the change is \(term.symbol)."
    case .term(let term): return "**\(term.symbol) dominates**: \(shares.joined(separator: ", "))."
    case .mixed: return "**no single term dominates**: \(shares.joined(separator: ", "))."
    case .unchanged: return ""
    }
  }

  private func interval(_ term: TermStatistics) -> String {
    term.shareInterval.map { " [\(Numbers.interval($0))]" } ?? ""
  }

  private func structuralSentence(_ terms: [Term]) -> String {
    let names = Markdown.list(terms.map(\.symbol))
    let reason =
      switch terms {
      case [.dKtQ, .dKtdQ]: "no key here can differ from the base's"
      case [.KtdQ, .dKtdQ]: "no query here can differ from the base's"
      default: "no changed key meets a changed query"
      }
    return "\(names) \(terms.count == 1 ? "is" : "are") **structurally zero**: \(reason)."
  }

  /// How the verdict differs from layer to layer.
  private func acrossLayers(_ pair: RegionPair) -> String {
    let rows = layerRows(pair)
    guard rows.count > 1 else { return "" }
    var layers: [String: [Int]] = [:]
    var order: [String] = []
    for row in rows {
      let name = row.raw.dominantTerm.symbol
      if layers[name] == nil { order.append(name) }
      layers[name, default: []].append(row.layer ?? 0)
    }
    guard order.count > 1 else {
      return order == ["mixed"] ? "It is mixed in every layer." : "This holds in every layer."
    }
    let parts = order.sorted { (layers[$0]?.count ?? 0, $1) > (layers[$1]?.count ?? 0, $0) }.map { name in
      "\(name) in \(layers[name]?.count == 1 ? "layer" : "layers") \(Markdown.runs(layers[name] ?? []))"
    }
    return "By layer: \(parts.joined(separator: "; "))."
  }

  private func centredSentence(_ row: Block) -> String {
    guard row.centered.delta.rms > 0 else { return "" }
    let shares = Term.allCases.map { "\($0.symbol) \(Numbers.percent(row.centered[$0].share))" }
    return "Of what can move attention (centred): \(shares.joined(separator: ", "))."
  }
}
