import Results

/// What an analysis says, before any markup: terminal, markdown and page all show this.
package struct Answer: Sendable {
  /// "What full changed in the attention of base".
  package let title: Phrase
  /// What has to be known before anything is believed, the gravest first.
  package let alerts: [Alert]
  /// The one sentence.
  package let headline: Phrase
  /// How the numbers below are to be read; empty where there is nothing to read.
  package let reading: [Phrase]
  /// By pair of regions: at most three to be read, the others to be looked up.
  package let blocks: [BlockAnswer]
  /// Whether it matters for the predictions, or how to find out; empty where nothing changes.
  package let matter: Phrase
  /// What mixtures of experts do; empty where there are none, or nobody asked.
  package let mixture: Phrase
  /// What linear attention remembers; empty where there is none, or nobody asked.
  package let memory: Phrase
  /// How this was made, by label.
  package let provenance: [(label: String, text: Phrase)]

  /// What an analysis says.
  package init(_ analysis: Analysis) { self.init(analysis, Findings.all(analysis)) }

  init(_ analysis: Analysis, _ findings: [Findings]) {
    let words = BlockWords(analysis)
    title = "What \(.code(analysis.adapted.name)) changed in the attention of \(.code(analysis.base.name))"
    alerts = Alert.all(analysis)
    headline = Self.headline(analysis, findings, words)
    reading = Self.reading(analysis, findings)
    blocks =
      findings.spoken.map { words.answer($0, isFolded: false) }
      + findings.others.map { words.answer($0, isFolded: true) }
    matter = findings.contains(where: \.isChanged) ? MatterWords(analysis).sentences : ""
    mixture = MixtureWords(analysis).sentence(Self.first(findings)?.pair.query)
    memory = RecurrenceWords(analysis).sentence(Self.first(findings)?.pair.query)
    provenance = Self.provenance(analysis)
  }

  /// The pair that the headline is of: the first that is put in words and changes.
  static func first(_ findings: [Findings]) -> Findings? { findings.spoken.first(where: \.isChanged) }

  private static func headline(_ analysis: Analysis, _ findings: [Findings], _ words: BlockWords) -> Phrase {
    if analysis.adapted.isBase { return "The base was compared with itself. Every change is exactly zero." }
    if findings.isEmpty, (analysis.unchangedPairs ?? 0) == 0 {
      return "No region of these prompts has a pair of tokens to look at."
    }
    guard let first = first(findings) else {
      return "No attention score changed on these prompts."
    }
    return words.short(first) + "."
  }

  private static func reading(_ analysis: Analysis, _ findings: [Findings]) -> [Phrase] {
    guard !analysis.adapted.isBase, findings.contains(where: \.isChanged) else { return [] }
    let pairs: Phrase =
      Set(analysis.regions).isSuperset(of: ["before", "after"])
      ? "“after → before” are queries after the separator looking up keys before it"
      : "“a → b” are queries in region a looking up keys in region b"
    let intervals: Phrase =
      analysis.prompts.count > 1 ? "; brackets hold 95 % intervals over the prompts" : ""
    return [
      """
      A score changes through the keys (dKᵀQ), through the queries (KᵀdQ), and through both at once (dKᵀdQ); \(pairs). \
      \(shares(findings)) Shares sum to 100 %, one can exceed that where another works against the change and is negative. A \
      term leads when its share is more than \(Numbers.setting(100 * Dominance.clearLead)) points above the next\(intervals).
      """,
      analysis.reference == .base ? "" : "The reference point is \(analysis.reference.explanation).",
      choice(findings), untold(analysis),
    ].filter { !$0.isEmpty }
  }

  /// Why these pairs of regions are told first, where there are more.
  private static func choice(_ findings: [Findings]) -> Phrase {
    guard !findings.others.isEmpty else { return "" }
    let isFelt = findings.contains { $0.weight.nats > 0 }
    let weights = findings.map { isFelt ? $0.weight.nats : $0.weight.energy }
    let whole = weights.reduce(0, +)
    let parts = findings.byWeight.prefix([Findings].mostSpoken).map {
      "\(findings[$0].pair.title) \(Numbers.percent(whole > 0 ? weights[$0] / whole : 0))" as Phrase
    }
    return """
      Of \(Numbers.count(findings.count)) pairs of regions those are told first that have most of \
      \(isFelt ? "what attention felt" : "the scores' change"), all their queries together: \(.list(parts)).
      """
  }

  /// What shares are shares of.
  private static func shares(_ findings: [Findings]) -> Phrase {
    findings.contains { $0.yardstick == .nats }
      ? """
      What attention felt is counted in nats: KL(p‖p′) + KL(p′‖p) of every query's attention p before and p′ after, which is \
      exactly the sum of what the terms do to it. A term's share is its part of them.
      """
      : """
      A term's share is its projection on the whole change, centred: what a whole row of scores gains moves no attention and is \
      taken off first.
      """
  }

  /// Which pairs of regions stand nowhere in the report.
  private static func untold(_ analysis: Analysis) -> Phrase {
    let folded = analysis.unchangedPairs ?? 0
    let unchanged: Phrase =
      folded == 0
      ? ""
      : "Of \(Numbers.count(analysis.regions.count, "region")) \(Numbers.count(folded, "pair")) are left out since nothing changes there."
    guard let rest = RegionPair.untold(analysis) else { return unchanged }
    let further: Phrase = """
      The pairs of regions with most of the change are told; \(Numbers.count(rest.pairs)) others, with \
      \(Numbers.percent(rest.part)) of it, are in \(.code(ReportFiles.analysis)) alone.
      """
    return [further, unchanged].joined(by: " ")
  }

  private static func provenance(_ analysis: Analysis) -> [(label: String, text: Phrase)] {
    let fingerprints = [("base", analysis.base.fingerprint), ("adapted", analysis.adapted.fingerprint)]
    let command = analysis.command.map { (label: "command", text: Phrase.code($0)) }
    return [command].compactMap(\.self) + [
      (label: "Leibniz", text: Phrase(stringLiteral: analysis.version)),
      (label: "prompts", text: .code(analysis.promptsFingerprint)),
    ] + fingerprints.map { ($0.0, .code($0.1)) }
  }
}

/// What a pair of regions shows.
package struct BlockAnswer: Sendable {
  /// "after → before".
  package let title: Phrase
  /// Whether it is folded away behind larger ones.
  package let isFolded: Bool
  /// Whether any score changes.
  package let isChanged: Bool
  /// The one line that a terminal has room for.
  package let short: Phrase
  /// "How much", "Where", "Which term", "Why": only those that there is something to say about.
  package let points: [(label: String, text: Phrase)]
  /// How the verdict on the term differs from layer to layer; empty where it does not.
  package let layers: Phrase
  /// The same by layer, for where it can be drawn: part of the change, the verdict, and whether its interval bears it out.
  let bar: [(part: Double, verdict: Dominance, isDecided: Bool)]

  /// The label of the point that ``layers`` belongs to.
  static let termLabel = "Which term"
}
