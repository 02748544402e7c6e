import Results

/// What an analysis says, before any markup: terminal, markdown and page all show this.
public struct Answer: Sendable {
  /// "What full changed in the attention of base".
  public let title: Phrase
  /// What has to be known before anything is believed, the gravest first.
  public let alerts: [Alert]
  /// The one sentence.
  public let headline: Phrase
  /// How the numbers below are to be read; empty where there is nothing to read.
  public let reading: [Phrase]
  /// By pair of regions: at most three to be read, the others to be looked up.
  public let blocks: [BlockAnswer]
  /// How this was made, by label.
  public let provenance: [(label: String, text: Phrase)]

  /// Pairs of regions that are put in words at once; more are folded.
  static let spokenBlocks = 3

  /// What an analysis says.
  public init(_ analysis: Analysis) {
    let findings = Findings.all(analysis)
    let words = BlockWords(analysis)
    title = "What \(.code(analysis.adapted.name)) changed in the attention of \(.code(analysis.base.name))"
    alerts = Alert.all(analysis)
    headline = Self.headline(analysis, findings, words)
    reading = Self.reading(analysis, findings)
    let spoken = Set(Self.largest(findings).map(\.pair.title))
    blocks = findings.map { words.answer($0, isFolded: !spoken.contains($0.pair.title)) }
    provenance = Self.provenance(analysis)
  }

  /// The pairs that are put in words: of many, those with most of the change.
  private static func largest(_ findings: [Findings]) -> [Findings] {
    guard findings.count > spokenBlocks else { return findings }
    let ranked = findings.enumerated().sorted { ($0.element.energy, $1.offset) > ($1.element.energy, $0.offset) }
    return ranked.prefix(spokenBlocks).map(\.element)
  }

  private static func headline(_ analysis: Analysis, _ findings: [Findings], _ words: BlockWords) -> Phrase {
    if analysis.adapted.kind == "none" { return "The base was compared with itself. Every change is exactly zero." }
    if findings.isEmpty { return "No region of these prompts has a pair of tokens to look at." }
    guard let first = largest(findings).first(where: \.isChanged) else {
      return "No attention score changed on these prompts."
    }
    return words.short(first) + "."
  }

  private static func reading(_ analysis: Analysis, _ findings: [Findings]) -> [Phrase] {
    guard analysis.adapted.kind != "none", findings.contains(where: \.isChanged) else { return [] }
    let pairs: Phrase =
      Set(analysis.regions).isSuperset(of: ["before", "after"])
      ? "“after → before” are queries after the separator looking up keys before it"
      : "“a → b” are queries in region a looking up keys in region b"
    let intervals: Phrase =
      analysis.prompts.count > 1 ? "; brackets hold 95 % bootstrap intervals over the prompts" : ""
    return [
      """
      A score changes through the keys (dKᵀQ), through the queries (KᵀdQ), and through both at once (dKᵀdQ); \(pairs). A \
      term's share is its projection on the whole change: shares sum to 100 %, one can exceed that where another works \
      against the change and is negative. A term leads when its share is more than \
      \(Numbers.setting(100 * Dominance.clearLead)) points above the next\(intervals). Shares are centred: what a whole \
      row of scores gains moves no attention and is taken off first.
      """,
      analysis.reference == .base ? "" : "The reference point is \(analysis.reference.explanation).",
    ].filter { !$0.isEmpty }
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
public struct BlockAnswer: Sendable {
  /// "after → before".
  public let title: Phrase
  /// Whether it is folded away behind larger ones.
  public let isFolded: Bool
  /// Whether any score changes.
  public let isChanged: Bool
  /// The one line that a terminal has room for.
  public let short: Phrase
  /// "How much", "Where", "Which term", "Why": only those that there is something to say about.
  public let points: [(label: String, text: Phrase)]
}

/// Something to know before believing the numbers.
public struct Alert: Sendable, Equatable {
  /// How grave it is.
  public enum Severity: Sendable {
    /// The numbers are not to be used.
    case error
    /// They are to be read with care.
    case warning
  }
  /// How grave it is.
  public let severity: Severity
  /// What it says.
  public let text: Phrase

  /// Everything to know of an analysis, the gravest first.
  static func all(_ analysis: Analysis) -> [Alert] {
    let errors = [failedVerification(analysis), leak(analysis)].compactMap(\.self)
    let warnings = analysis.warnings.map { Phrase(stringLiteral: $0) } + [fewPrompts(analysis)]
    return errors.map { Alert(severity: .error, text: $0) }
      + warnings.filter { !$0.isEmpty }.map { Alert(severity: .warning, text: $0) }
  }

  private static func failedVerification(_ analysis: Analysis) -> Phrase? {
    guard let verification = analysis.verification, !verification.passed else { return nil }
    let failed = verification.worst.filter { !($0.difference <= verification.tolerance) }
    let list = failed.map { "\(.code($0.statistic)) by \(Numbers.size($0.difference)) at \($0.place)" as Phrase }
    return """
      \(.strong("The verification failed: do not use these numbers.")) Two plain double-precision runs disagree with the \
      analysis by more than \(Numbers.setting(verification.tolerance))\(list.isEmpty ? "" : ": ")\(list.joined(by: "; ")).
      """
  }

  private static func leak(_ analysis: Analysis) -> Phrase? {
    guard analysis.hasLeak else { return nil }
    return """
      \(.strong("A term that the mask promises to be zero is not: do not use these numbers.")) “Zeros and their causes” says \
      where.
      """
  }

  /// Resampling one prompt gives the same prompt, and few prompts say little of the next.
  private static func fewPrompts(_ analysis: Analysis) -> Phrase {
    guard analysis.adapted.kind != "none" else { return "" }
    switch analysis.prompts.count {
    case ..<2: return "One prompt alone: there is no interval that says how sure the numbers are."
    case ..<10: return "Only \(analysis.prompts.count) prompts: take the intervals as rough."
    default: return ""
    }
  }
}
