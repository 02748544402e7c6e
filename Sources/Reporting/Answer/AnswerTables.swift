import Results

/// The tables that report and page share.
struct AnswerTables {
  private let analysis: Analysis
  private let roles: HeadRoleNames?
  /// The pairs of regions, the most telling first.
  let findings: [Findings]

  init(_ analysis: Analysis, _ findings: [Findings]) {
    self.analysis = analysis
    roles = HeadRoleNames(analysis)
    self.findings = findings
  }

  /// A row for the change of each pair of regions and one for each of its terms, in energy of the scores.
  func terms(_ split: KeyPath<PooledBlock, Decomposition>, of findings: [Findings]) -> Table {
    let own = findings.map { findings in
      let split = findings.pooled[keyPath: split]
      return (
        title: "\(findings.pair.title), ΔS of \(findings.pooled.pairs) pairs", findings.pair, TermSplit(split),
        split.terms.map(\.magnitude.rms)
      )
    }
    return terms(own, size: "rms")
  }

  /// The same in nats of attention; nil where the analysis does not say.
  func nats(of findings: [Findings]) -> Table? {
    let own = findings.compactMap { findings in
      findings.felt.map { felt in
        (title: "\(findings.pair.title), \(felt.count) queries", findings.pair, TermSplit(felt), felt.terms)
      }
    }
    return own.isEmpty ? nil : terms(own, size: "nats")
  }

  private func terms(
    _ own: [(title: String, pair: RegionPair, split: TermSplit, sizes: [Double])], size: Phrase
  ) -> Table {
    let hasIntervals = own.contains { row in Term.allCases.contains { row.split[$0].interval != nil } }
    let rows = own.flatMap { row -> [[Phrase]] in
      let whole: [Phrase] = ["\(row.title)", row.split.size > 0 ? "100" : "0"]
      return [whole + (hasIntervals ? ["", ""] : []) + [Self.size(row.split.size)]]
        + Term.allCases.map { term in
          let share = row.split[term]
          let bounds = share.interval.map { [$0.lowerBound, $0.upperBound].map(Self.percent) } ?? ["", ""]
          return ["\(row.pair.title), \(term.symbol)", Self.percent(share.share)] + (hasIntervals ? bounds : [])
            + [Self.size(row.sizes[term.rawValue])]
        }
    }
    return Table(
      header: ["block and term", "share %"] + (hasIntervals ? ["from %", "to %"] : []) + [size], rows: rows)
  }

  /// How the shares of layers and heads are meant, where that needs to be said.
  var yardsticks: String {
    findings.contains { $0.yardstick == .nats } ? "" : ", centred but where one term is all of the change"
  }

  /// Layers or heads of a pair of regions, one below the other.
  func parts(_ kind: Phrase, _ findings: Findings, _ parts: [Findings.Part]) -> Table {
    let yardstick = findings.yardstick
    let hasMass = findings.mass != nil
    let hasRoles = roles != nil && parts.contains { $0.block.head != nil }
    let header =
      [kind, yardstick.partColumn, yardstick.sizeColumn] + (hasMass ? ["moved %"] : [])
      + Term.allCases.map { "\($0.symbol) %" as Phrase } + ["leads"] + (hasRoles ? ["role"] : [])
    let rows = parts.map { part -> [Phrase] in
      let split = part.split
      return ["\(part.name)", Self.percent(part.part), Self.size(split.size)]
        + (hasMass ? [Self.percent(part.mass?.moved ?? 0)] : [])
        + Term.allCases.map { Self.percent(split[$0].share) }
        + ["\(split.dominantTerm.symbol)\(split.isDecided ? "" : " ?")"]
        + (hasRoles ? ["\(roles?[part.block.layer, part.block.head]?.name ?? "–")"] : [])
    }
    return Table(header: header, rows: rows)
  }

  /// The pairs of regions that no words are spent on, a row each; nil where there are none.
  var others: Table? {
    guard !findings.others.isEmpty else { return nil }
    let hasSources = findings.contains { $0.felt != nil }
    let header =
      ["regions", "moved %", "size"] + Term.allCases.map { "\($0.symbol) %" as Phrase }
      + ["leads"] + (hasSources ? ["inherited %"] : []) + ["largest head"]
    let rows = findings.others.map { findings -> [Phrase] in
      let (split, felt) = (findings.whole, findings.felt)
      let inherited = felt.map { felt in
        felt.divergence > 0 ? (felt.dKtQ.inherited + felt.KtdQ.inherited) / felt.divergence : 0
      }
      return ["\(findings.pair.title)", findings.mass.map { Self.percent($0.moved) } ?? "–", Self.size(split.size)]
        + Term.allCases.map { Self.percent(split[$0].share) }
        + ["\(split.dominantTerm.symbol)\(split.isDecided ? "" : " ?")"]
        + (hasSources ? [inherited.map(Self.percent) ?? "–"] : [])
        + [findings.heads.first.map { "\($0.name)" } ?? "–"]
    }
    return Table(header: header, rows: rows)
  }

  /// Size and leading term of each pair of regions, queries down and keys across; nil where there are few.
  var matrix: Table? {
    guard !findings.others.isEmpty else { return nil }
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
    let what =
      analysis.mass != nil ? "attention moved, in percent" : analysis.attention != nil ? "nats" : "rms ΔS, centred"
    return "By pair of regions, \(what), and the term that leads; queries down, keys across."
  }

  /// Size and leading term of a pair of regions.
  static func cell(_ findings: Findings) -> Phrase {
    guard findings.isChanged else { return "0" }
    let size =
      findings.mass.map { Numbers.fine($0.moved) } ?? Numbers.size(findings.whole.size)
    return "\(size) \(findings.leader.symbol)"
  }

  private static func percent(_ part: Double) -> Phrase { "\(Numbers.hundredth(part))" }
  private static func size(_ value: Double) -> Phrase { "\(Numbers.size(value))" }
}
