import Results

/// Puts what a pair of regions shows into words.
struct BlockWords {
  private let terms: TermWords
  private let isItself: Bool
  private let sources: SourceWords
  private let writers: WriterWords
  private let roles: HeadRoleNames?

  init(_ analysis: Analysis) {
    terms = TermWords(analysis)
    isItself = analysis.adapted.isBase
    sources = SourceWords(analysis)
    writers = WriterWords(analysis)
    roles = HeadRoleNames(analysis)
  }

  func answer(_ findings: Findings, isFolded: Bool) -> BlockAnswer {
    let title = Phrase(stringLiteral: findings.pair.title)
    guard findings.isChanged else {
      return BlockAnswer(
        title: title, isFolded: isFolded, isChanged: false, short: "\(title): nothing changes",
        points: [("How much", still(findings))], layers: "", bar: [])
    }
    let points = [
      (label: "How much", text: size(findings)),
      (label: "Where", text: [place(findings), roles?.sentence(findings) ?? ""].joined(by: " ")),
      (label: BlockAnswer.termLabel, text: terms.sentences(findings)),
      (label: "Why", text: [sources.reasons(findings), writers.reads(findings)].joined(by: " ")),
    ]
    return BlockAnswer(
      title: title, isFolded: isFolded, isChanged: true, short: "\(title): \(short(findings))",
      points: points.filter { !$0.text.isEmpty }, layers: terms.byLayer(findings),
      bar: findings.layers.map { ($0.part, $0.split.dominantTerm, $0.split.isDecided) })
  }

  /// One line: how much, which term, why.
  func short(_ findings: Findings) -> Phrase {
    let (query, key) = (findings.pair.query, findings.pair.key)
    let size: Phrase
    if let mass = findings.mass, mass.moved > 0 {
      let amount: Phrase = .strong("\(Numbers.fine(mass.moved)) of all attention of “\(query)”")
      size = query == key ? "\(amount) moved within it" : "\(amount) moved to or from “\(key)”"
    } else {
      let rms = (findings.pooled.isCentered ? findings.pooled.centered : findings.pooled.raw).delta.rms
      size = "Scores of “\(query)” on “\(key)” changed by \(.strong("\(Numbers.size(rms)) rms"))"
    }
    let terms: Phrase
    switch (findings.pooled.raw.dominantTerm, findings.leader) {
    case (.term(let only), _) where findings.isAllOf(only): terms = "through \(.strong("\(only.symbol) alone"))"
    case (_, .term(let leader)):
      let share = Numbers.percent(findings.whole[leader].share)
      terms = "\(.strong("\(leader.symbol) leads")) (\(share) of \(findings.yardstick.whole))"
    default: terms = .strong("no term leads")
    }
    return [size, terms, sources.short(findings)].joined(by: "; ")
  }

  /// Why nothing changes.
  private func still(_ findings: Findings) -> Phrase {
    if isItself || findings.structural.count < 3 { return "Nothing changes." }
    return """
      Nothing changes. Neither keys nor queries can differ here: the mask or the adapter's targets keep all three terms at exactly \
      zero.
      """
  }

  private func size(_ findings: Findings) -> Phrase {
    let raw = findings.pooled.raw.delta.rms
    let scores: Phrase =
      findings.pooled.hasCentered
      ? "rms ΔS is \(Numbers.size(findings.pooled.centered.delta.rms)) centred, \(Numbers.size(raw)) raw"
      : "rms ΔS is \(Numbers.size(raw)), none of which is left once centred: it moves no attention"
    let felt = nats(findings)
    guard let mass = findings.mass else { return [felt, scores].joined(by: "; ") + "." }
    guard mass.moved > 0 else { return "No attention moved; \(scores)." }
    let moved: Phrase = .strong("\(Numbers.fine(mass.moved)) of all attention of “\(findings.pair.query)”")
    return [["\(moved) moved \(whereTo(mass))", felt, scores].joined(by: "; ") + ".", sinks(findings)].joined(by: " ")
  }

  /// "0.312 nats a query [0.290 to 0.334]".
  private func nats(_ findings: Findings) -> Phrase {
    guard findings.yardstick == .nats, let felt = findings.felt else { return "" }
    let ends = felt.divergenceInterval.map { [Numbers.size($0.lowerBound), Numbers.size($0.upperBound)] } ?? []
    // An interval narrower than the rounding is not printed.
    let bounds: Phrase = Set(ends).count == 2 ? " [\(ends[0]) to \(ends[1])]" : ""
    return "\(.strong("\(Numbers.size(felt.divergence)) nats")) a query and head\(bounds)"
  }

  /// What became of the mass.
  private func whereTo(_ row: AttentionMass) -> Phrase {
    let change = row.adapted - row.base
    // Beside what moved, a mass that is kept whole differs by rounding alone.
    guard max(abs(change), abs(row.byKey)) > 1e-9 * row.moved else {
      return "from key to key within “\(row.key ?? "")”, which keeps all of it"
    }
    return """
      to or from “\(row.key ?? "")”, which gets \(Numbers.percentage(row.adapted)) where it got \(Numbers.percentage(row.base)) \
      (\(Numbers.points(change)) points: \(Numbers.points(row.byKey)) by changed keys, \(Numbers.points(row.byQuery)) by changed \
      queries\(row.bySink.map { ", \(Numbers.points($0)) by trained sinks" } ?? ""))
      """
  }

  /// "The attention sinks take 12.0 % of all attention of “after”, where they took 14.0 %."; empty where there are none.
  private func sinks(_ findings: Findings) -> Phrase {
    guard let row = findings.rows.sinks.first(where: { $0.layer == nil && $0.head == nil }) else { return "" }
    return """
      The attention sinks take \(Numbers.percentage(row.adapted)) of all attention of “\(row.query)”, where they took \
      \(Numbers.percentage(row.base)).
      """
  }

  private func place(_ findings: Findings) -> Phrase {
    guard findings.layers.count > 1 else { return "" }
    let head: Phrase =
      findings.heads.first.map {
        let role = roles?[$0.block.layer, $0.block.head]?.base.map { ", \($0.one)" } ?? ""
        return "; most in \(.strong(Phrase(stringLiteral: $0.name))) (\(Numbers.percent($0.part))\(role))"
      } ?? ""
    guard let carriers = findings.carriers else {
      let first = findings.layers.max { $0.part < $1.part }
      let largest: Phrase = first.map { ": the largest, \($0.name), holds \(Numbers.percent($0.part))" } ?? ""
      return "Spread over the layers\(largest)\(head)."
    }
    let layers = Markdown.runs(carriers.layers).split(separator: ", ").map { "L\(String($0))" as Phrase }
    let part = "\(Numbers.percent(carriers.part)) of \(findings.yardstick.whole)"
    return "\(.strong("\(part) is in \(.list(layers))"))\(head)."
  }
}
