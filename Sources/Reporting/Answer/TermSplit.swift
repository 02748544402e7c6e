import Results

/// How a change splits among the three terms, in whatever it is measured.
struct TermSplit {
  /// A term's part of a change.
  struct Share {
    /// From 0 to 1, less or more where terms work against each other.
    var share: Double
    /// 95 % interval over prompts; nil where there is none.
    var interval: ClosedRange<Double>?
    /// Whether the term is exactly zero.
    var isZero: Bool
  }

  /// The size of the whole change: nats a query, or rms ΔS.
  let size: Double
  /// The verdict.
  let dominantTerm: Dominance
  private let shares: [Share]

  /// In nats of attention.
  init(_ row: AttentionDivergence) {
    size = row.divergence
    dominantTerm = row.dominantTerm
    shares = Term.allCases.map {
      Share(share: row.share($0), interval: row.shareIntervals[$0.rawValue], isZero: row[$0] == 0)
    }
  }

  /// In energy of the scores.
  init(_ split: Decomposition) {
    size = split.delta.rms
    dominantTerm = split.dominantTerm
    shares = split.terms.map { Share(share: $0.share, interval: $0.shareInterval, isZero: $0.magnitude.rms == 0) }
  }

  /// A term's part.
  subscript(term: Term) -> Share { shares[term.rawValue] }

  /// The terms, the largest share first.
  var ranked: [Term] { Term.allCases.sorted { self[$0].share > self[$1].share } }

  /// Whether the first term's interval lies above the second's; true where there are none.
  var isDecided: Bool {
    guard case .term(let first) = dominantTerm, let own = self[first].interval, let next = self[ranked[1]].interval
    else { return true }
    return own.lowerBound > next.upperBound
  }

  /// By how much the terms' sizes exceed what is left of them: 1 where none works against the change.
  var cancellation: Double { shares.reduce(0) { $0 + abs($1.share) } }
}
