import Results

/// The tables that report and page share.
struct AnswerTables {
  private let analysis: Analysis
  /// The pairs of regions, the most telling first.
  let findings: [Findings]

  init(_ analysis: Analysis, _ findings: [Findings]) {
    self.analysis = analysis
    self.findings = findings
  }

  /// A row for the change of each pair of regions and one for each of its terms.
  func terms(_ split: KeyPath<PooledBlock, Decomposition>) -> Table {
    let own = findings.map { $0.pooled[keyPath: split] }
    let hasIntervals = analysis.prompts.count > 1 && own.contains { $0.terms.contains { $0.shareInterval != nil } }
    let rows = findings.flatMap { findings -> [[Phrase]] in
      let (title, part) = (findings.pair.title, findings.pooled[keyPath: split])
      let whole: [Phrase] = ["\(title), ΔS of \(findings.pooled.pairs) pairs", part.delta.rms > 0 ? "100" : "0"]
      return [whole + (hasIntervals ? ["", ""] : []) + [Self.size(part.delta.rms)]]
        + Term.allCases.map { term in
          let bounds =
            part[term].shareInterval.map { [$0.lowerBound, $0.upperBound].map(Self.percent) } ?? ["", ""]
          return ["\(title), \(term.symbol)", Self.percent(part[term].share)] + (hasIntervals ? bounds : [])
            + [Self.size(part[term].magnitude.rms)]
        }
    }
    return Table(
      header: ["block and term", "share %"] + (hasIntervals ? ["from %", "to %"] : []) + ["rms"], rows: rows)
  }

  /// Layers or heads of a pair of regions, one below the other.
  func parts(_ kind: Phrase, _ findings: Findings, _ parts: [Findings.Part]) -> Table {
    let header = [kind, "part of ΔS %", "rms ΔS"] + Term.allCases.map { "\($0.symbol) %" as Phrase } + ["leads"]
    let rows = parts.map { part -> [Phrase] in
      let split = findings.split(of: part.block)
      return ["\(part.name)", Self.percent(part.part), Self.size(split.delta.rms)]
        + Term.allCases.map { Self.percent(split[$0].share) }
        + ["\(split.dominantTerm.symbol)\(split.isDecided ? "" : " ?")"]
    }
    return Table(header: header, rows: rows)
  }

  /// Size and leading term of each pair of regions, queries down and keys across; nil where there are few.
  var matrix: Table? {
    guard findings.count > Answer.spokenBlocks else { return nil }
    let cells = Dictionary(findings.map { ($0.pair.title, Self.cell($0)) }) { first, _ in first }
    let queries = analysis.regions.filter { name in findings.contains { $0.pair.query == name } }
    let keys = analysis.regions.filter { name in findings.contains { $0.pair.key == name } }
    let rows = queries.map { query in
      ["\(query)"] + keys.map { cells[RegionPair(query: query, key: $0).title] ?? "" }
    }
    return Table(header: ["queries ╲ keys"] + keys.map { "\($0)" as Phrase }, rows: rows)
  }

  /// What the matrix shows.
  var matrixReading: Phrase {
    let what = analysis.mass == nil ? "rms ΔS, centred" : "attention moved, in percent"
    return "By pair of regions, \(what), and the term that leads; queries down, keys across."
  }

  /// Size and leading term of a pair of regions.
  static func cell(_ findings: Findings) -> Phrase {
    guard findings.isChanged else { return "0" }
    let size =
      findings.mass.map { Numbers.fine($0.moved) } ?? Numbers.size(findings.split(of: findings.pooled).delta.rms)
    return "\(size) \(findings.leader.symbol)"
  }

  private static func percent(_ part: Double) -> Phrase { "\(Numbers.hundredth(part))" }
  private static func size(_ value: Double) -> Phrase { "\(Numbers.size(value))" }
}
