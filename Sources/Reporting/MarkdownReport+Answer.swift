import Results

/// The answer in plain words.
extension MarkdownReport {
  var answer: String {
    // Several regions give many pairs in which nothing changes: one line says so of all.
    var verdicts: [(titles: [String], verdict: String)] = []
    for pair in pairs {
      guard let row = pooled(pair) else { continue }
      let (title, verdict) = ("**\(Markdown.inline(pair.title))**", verdict(row, pair))
      if row.raw.delta.rms == 0, let same = verdicts.firstIndex(where: { $0.verdict == verdict }) {
        verdicts[same].titles.append(title)
      } else {
        verdicts.append(([title], verdict))
      }
    }
    let lines = verdicts.map { "- \($0.titles.joined(separator: ", ")): \($0.verdict)" }
    let paragraphs = ["## The answer", movedAttention ?? "", opening, lines.joined(separator: "\n")]
    return paragraphs.filter { !$0.isEmpty }.joined(separator: "\n\n")
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
    if pairs.isEmpty { return "No region of these prompts has a pair of tokens to look at." }
    guard pairs.contains(where: { pooled($0)?.raw.delta.rms ?? 0 > 0 }) else {
      return "No attention score changed on these prompts."
    }
    return """
      A score changes through the keys (dKᵀQ), through the queries (KᵀdQ), and through both at once (dKᵀdQ). \
      \(readingOfPairs) A share is the part of the change's energy that a term explains, negative \
      where the term works against the change\(readingOfIntervals)\(readingOfReference)
      """
  }

  /// Resampling one prompt gives the same prompt, and few prompts say little of the next.
  private var readingOfIntervals: String {
    let prompts = analysis.prompts.count
    if prompts < 2 { return ". With one prompt there is no interval that says how sure it is." }
    let caution = prompts < 10 ? "; with only \(prompts) of them, take the intervals as rough" : ""
    return "; brackets hold 95 % bootstrap intervals over the prompts\(caution)."
  }

  /// Other shares than usual are not left without a word.
  private var readingOfReference: String {
    analysis.reference == .base ? "" : " The reference point is \(analysis.reference.explanation)."
  }

  private var readingOfPairs: String {
    Set(analysis.regions).isSuperset(of: ["before", "after"])
      ? "Read “after → before” as: queries after the separator looking up keys before it."
      : "Read “a → b” as: queries in region a looking up keys in region b."
  }

  private func verdict(_ row: Block, _ pair: RegionPair) -> String {
    // That the midpoint leaves nothing of dKᵀdQ is said once for all blocks.
    let zeros = Term.allCases.filter { row.raw[$0].zero == .structural }
    let structural = analysis.reference == .midpoint && zeros == [.dKtdQ] ? [] : zeros
    if analysis.adapted.kind == "none" { return "nothing changes." }
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
    sentences.append(sourceSentences(row, pair))
    sentences.append(centredSentence(row, hasStructural: !structural.isEmpty))
    return sentences.filter { !$0.isEmpty }.joined(separator: " ")
  }

  private func dominance(_ row: Block) -> String {
    let ranked = Term.allCases.sorted { row.raw[$0].share > row.raw[$1].share }
    let shares = ranked.filter { row.raw[$0].zero != .structural }.map { "\($0.symbol) \(share(row.raw[$0]))" }
    switch row.raw.dominantTerm {
    case .term(let term) where shares.count == 1: return "**all of the change is \(term.symbol)**."
    case .term(let term): return "**\(term.symbol) dominates**: \(shares.joined(separator: ", "))."
    case .mixed: return "**no single term dominates**: \(shares.joined(separator: ", "))."
    case .unchanged: return ""
    }
  }

  /// "57 % [54.7 to 59.2 %]".
  func share(_ term: TermStatistics) -> String {
    guard analysis.prompts.count > 1, let interval = term.shareInterval, interval.lowerBound < interval.upperBound
    else { return Numbers.percent(term.share) }
    return "\(Numbers.percent(term.share)) [\(Numbers.interval(interval))]"
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
    let verdicts: [Dominance] = Term.allCases.map { .term($0) } + [.mixed, .unchanged]
    let groups = verdicts.map { verdict in
      (verdict: verdict, layers: rows.filter { $0.raw.dominantTerm == verdict }.map { $0.layer ?? 0 })
    }.filter { !$0.layers.isEmpty }.sorted { $0.layers.count > $1.layers.count }
    guard groups.count > 1 else {
      return groups.first?.verdict == .mixed ? "No term dominates in any layer." : "This holds in every layer."
    }
    let parts = groups.map { "\($0.verdict.sentence) in \($0.layers.count) (\(Markdown.runs($0.layers)))" }
    return "Of the \(rows.count) layers, \(parts.joined(separator: ", ")).\(range(rows))"
  }

  /// The term whose share varies most over the layers, and between which of them.
  private func range(_ rows: [Block]) -> String {
    let changed = rows.filter { $0.raw.delta.rms > 0 }
    let spans = Term.allCases.compactMap { term -> (term: Term, low: Block, high: Block)? in
      let ranked = changed.sorted { ($0.raw[term].share, $0.layer ?? 0) < ($1.raw[term].share, $1.layer ?? 0) }
      guard let low = ranked.first, let high = ranked.last else { return nil }
      return (term, low, high)
    }
    guard
      let widest = spans.max(by: {
        $0.high.raw[$0.term].share - $0.low.raw[$0.term].share < $1.high.raw[$1.term].share - $1.low.raw[$1.term].share
      }), widest.high.raw[widest.term].share - widest.low.raw[widest.term].share >= 0.1
    else { return "" }
    func place(_ row: Block) -> String { "\(Numbers.percent(row.raw[widest.term].share)) in L\(row.layer ?? 0)" }
    return " The share of \(widest.term.symbol) runs from \(place(widest.low)) to \(place(widest.high))."
  }

  private func centredSentence(_ row: Block, hasStructural: Bool) -> String {
    guard row.centered.delta.rms > 0 else { return "" }
    let ranked = Term.allCases.sorted { row.centered[$0].share > row.centered[$1].share }
    let shares = ranked.map { "\($0.symbol) \(Numbers.percent(row.centered[$0].share))" }.joined(separator: ", ")
    let gained =
      hasStructural && row.centered.hasShareOfZero(in: row.raw)
      ? " (a structural zero's centred form is what the row's other keys gained; it is no leak)" : ""
    return "Centred, which is what can move attention, \(row.centered.dominantTerm.sentence): \(shares)\(gained)."
  }
}

extension Decomposition {
  /// Whether a term that is zero in the raw statistics is not in these, the centred ones.
  fileprivate func hasShareOfZero(in raw: Decomposition) -> Bool {
    Term.allCases.contains { raw[$0].zero == .structural && self[$0].magnitude.rms > 0 }
  }
}

extension Dominance {
  /// "KᵀdQ dominates", "no term dominates", "nothing changes".
  fileprivate var sentence: String {
    switch self {
    case .term(let term): "\(term.symbol) dominates"
    case .mixed: "no term dominates"
    case .unchanged: "nothing changes"
    }
  }
}
