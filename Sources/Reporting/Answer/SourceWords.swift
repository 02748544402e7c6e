import Results

/// Puts into words what the terms with dK and dQ are made of.
struct SourceWords {
  /// Terms whose operand's own weights change nowhere.
  private let untrained: [SourcedTerm]
  private let targets: [String]

  init(_ analysis: Analysis) {
    let sources = analysis.sources ?? []
    untrained = SourcedTerm.allCases.filter { term in
      sources.allSatisfy {
        let shares = term == .dKtQ ? $0.dKtQ : $0.KtdQ
        return shares.own.rms == 0 && shares.joint.rms == 0
      }
    }
    targets = analysis.adapted.targets
  }

  /// "dKᵀQ is 97 % inherited: …", a sentence for each term with a part in the change, the leading one first.
  func reasons(_ findings: Findings) -> Phrase {
    terms(findings).map { term, shares in
      let ranked = shares.byName.filter { $0.size.rms > 0 }.sorted { $0.size.share > $1.size.share }
      let parts = ranked.prefix(2).map { "\(Numbers.percent($0.size.share)) \($0.name)" as Phrase }
      return "\(term.term.symbol) is \(.list(parts))\(reason(term, shares))."
    }.joined(by: " ")
  }

  /// "77 % inherited", of the leading term.
  func short(_ findings: Findings) -> Phrase {
    guard case .term(let leader) = findings.leader,
      let (_, shares) = terms(findings).first(where: { $0.term.term == leader }),
      let most = shares.byName.max(by: { $0.size.share < $1.size.share })
    else { return "" }
    return "\(Numbers.percent(most.size.share)) of that \(most.name)"
  }

  private func terms(_ findings: Findings) -> [(term: SourcedTerm, shares: SourceShares)] {
    guard let sources = findings.sources else { return [] }
    let ranked = findings.split(of: findings.pooled).ranked
    return ranked.compactMap(SourcedTerm.init).filter { findings.pooled.raw[$0.term].magnitude.rms > 0 }.map {
      ($0, sources[keyPath: $0.shares])
    }
  }

  private func reason(_ term: SourcedTerm, _ shares: SourceShares) -> Phrase {
    if untrained.contains(term) {
      return ": this adapter does not change \(projection(term)), its \(term.operands) move because the stream does"
    }
    if shares.inherited.rms == 0 { return ": it is the layers' own change, no stream moved that they read" }
    return ""
  }

  /// By the name that the adapter itself would use, where its names are of that kind.
  private func projection(_ term: SourcedTerm) -> Phrase {
    let name = "\(term.letter)_proj"
    return targets.contains { $0.hasSuffix("_proj") } && !targets.contains(name)
      ? .code(name) : Phrase(stringLiteral: term.projection)
  }
}

extension Findings {
  /// The term that leads.
  var leader: Dominance { split(of: pooled).dominantTerm }
}

/// A term that has sources.
enum SourcedTerm: CaseIterable {
  case dKtQ, KtdQ

  /// The one of a term; nil for dKᵀdQ.
  init?(_ term: Term) {
    switch term {
    case .dKtQ: self = .dKtQ
    case .KtdQ: self = .KtdQ
    case .dKtdQ: return nil
    }
  }

  var term: Term { self == .dKtQ ? .dKtQ : .KtdQ }
  var shares: KeyPath<TermSources, SourceShares> { self == .dKtQ ? \.dKtQ : \.KtdQ }
  fileprivate var letter: String { self == .dKtQ ? "k" : "q" }
  fileprivate var operands: String { self == .dKtQ ? "keys" : "queries" }
  fileprivate var projection: String { self == .dKtQ ? "the key projection" : "the query projection" }
}
