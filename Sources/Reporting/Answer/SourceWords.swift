import Results

/// Puts into words what the terms with dK and dQ are made of.
struct SourceWords {
  /// Terms whose operand's own weights change nowhere.
  private let untrained: [SourcedTerm]
  private let targets: [String]

  init(_ analysis: Analysis) {
    untrained = SourcedTerm.allCases.filter { term in
      let isFree =
        analysis.attention?.allSatisfy { $0[keyPath: term.nats].own == 0 && $0[keyPath: term.nats].joint == 0 }
        ?? analysis.sources?.allSatisfy {
          $0[keyPath: term.shares].own.rms == 0 && $0[keyPath: term.shares].joint.rms == 0
        }
      return isFree ?? false
    }
    targets = analysis.adapted.targets
  }

  /// "dKᵀQ is 97 % inherited: …", a sentence for each term with a part in the change, the leading one first.
  func reasons(_ findings: Findings) -> Phrase {
    let isFelt = findings.yardstick == .nats
    let sentences = terms(findings).map { term, sources in
      let parts = sources.prefix(2).map { "\(Numbers.percent($0.share)) \($0.name)" as Phrase }
      let isInherited = sources.map(\.name) == ["inherited"]
      let reason = reason(term, isOwn: !sources.contains { $0.name != "own" }, isInherited: isInherited)
      let whole = isFelt ? " (\(Numbers.percent(findings.whole[term.term].share)))" : ""
      return "\(term.term.symbol)\(whole) is \(.list(parts))\(reason)" as Phrase
    }
    // In nats all sources of all terms are parts of one whole.
    return isFelt && !sentences.isEmpty
      ? "\(sentences.joined(by: "; ")); all of \(findings.yardstick.whole)."
      : sentences.map { $0 + "." }.joined(by: " ")
  }

  /// "77 % inherited", of the leading term.
  func short(_ findings: Findings) -> Phrase {
    guard case .term(let leader) = findings.leader,
      let (_, sources) = terms(findings).first(where: { $0.term.term == leader }), let most = sources.first
    else { return "" }
    let part = findings.yardstick == .nats ? most.share / findings.whole[leader].share : most.share
    return "\(Numbers.percent(part)) of that \(most.name)"
  }

  /// The terms that have sources, the leading one first, each with its sources by size.
  private func terms(_ findings: Findings) -> [(term: SourcedTerm, sources: [(name: String, share: Double)])] {
    let ranked = findings.whole.ranked.compactMap(SourcedTerm.init).filter {
      findings.pooled.raw[$0.term].magnitude.rms > 0
    }
    return ranked.compactMap { term in
      let sources = sources(term, findings).filter { $0.share != 0 }.sorted { abs($0.share) > abs($1.share) }
      return sources.isEmpty ? nil : (term, sources)
    }
  }

  private func sources(_ term: SourcedTerm, _ findings: Findings) -> [(name: String, share: Double)] {
    if findings.yardstick == .nats, let felt = findings.felt {
      return felt[keyPath: term.nats].byName.map { ($0.name, $0.nats / felt.divergence) }
    }
    return findings.sources?[keyPath: term.shares].byName.filter { $0.size.rms > 0 }.map { ($0.name, $0.size.share) }
      ?? []
  }

  private func reason(_ term: SourcedTerm, isOwn: Bool, isInherited: Bool) -> Phrase {
    if untrained.contains(term), isInherited {
      return ": this adapter does not change \(projection(term)), its \(term.operands) move because the stream does"
    }
    return isOwn ? ": it is the layers' own change, no stream moved that they read" : ""
  }

  /// By the name that the adapter itself would use, where its names are of that kind.
  private func projection(_ term: SourcedTerm) -> Phrase {
    let name = "\(term.letter)_proj"
    return targets.contains { $0.hasSuffix("_proj") } && !targets.contains(name)
      ? .code(name) : Phrase(stringLiteral: term.projection)
  }
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
  var nats: KeyPath<AttentionDivergence, SourceNats> { self == .dKtQ ? \.dKtQ : \.KtdQ }
  fileprivate var letter: String { self == .dKtQ ? "k" : "q" }
  fileprivate var operands: String { self == .dKtQ ? "keys" : "queries" }
  fileprivate var projection: String { self == .dKtQ ? "the key projection" : "the query projection" }
}
