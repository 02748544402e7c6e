/// How a change splits among the three terms, in whatever it is measured.
package struct TermSplit: Sendable {
  /// A term's part of a change.
  package struct Share: Sendable {
    /// From 0 to 1, less or more where terms work against each other.
    package var share: Double
    /// 95 % interval over prompts; nil where there is none.
    package var interval: ClosedRange<Double>?
    /// Whether the term is exactly zero.
    package var isZero: Bool
  }

  /// The size of the whole change: nats a query, or rms ΔS.
  package let size: Double
  /// The verdict.
  package let dominantTerm: Dominance
  private let shares: [Share]

  /// In nats of attention.
  package init(_ row: AttentionDivergence) {
    size = row.divergence
    dominantTerm = row.dominantTerm
    shares = Term.allCases.map {
      Share(share: row.share($0), interval: row.shareIntervals[$0.rawValue], isZero: row[$0] == 0)
    }
  }

  /// In energy of the scores.
  package init(_ split: Decomposition) {
    size = split.delta.rms
    dominantTerm = split.dominantTerm
    shares = split.terms.map { Share(share: $0.share, interval: $0.shareInterval, isZero: $0.magnitude.rms == 0) }
  }

  /// A term's part.
  package subscript(term: Term) -> Share { shares[term.rawValue] }

  /// The terms, the largest share first.
  package var ranked: [Term] { Term.allCases.sorted { self[$0].share > self[$1].share } }

  /// Whether the first term's interval lies above the second's; true where there are none.
  package var isDecided: Bool {
    guard case .term(let first) = dominantTerm, let own = self[first].interval, let next = self[ranked[1]].interval
    else { return true }
    return own.lowerBound > next.upperBound
  }

  /// By how much the terms' sizes exceed what is left of them: 1 where none works against the change.
  package var cancellation: Double { shares.reduce(0) { $0 + abs($1.share) } }
}

/// How every row of an analysis splits, by the yardstick of its pair of regions: what reports say that leads.
package struct TermSplits {
  private let felt: [Place: AttentionDivergence]
  private let yardsticks: [RegionPair: Yardstick]

  /// Those of an analysis. O(its rows).
  package init(_ analysis: Analysis) {
    let felt = Dictionary((analysis.attention ?? []).map { ($0.place, $0) }) { first, _ in first }
    self.felt = felt
    yardsticks = Dictionary(
      analysis.summary.filter { $0.layer == nil && $0.head == nil }.map { pooled in
        (RegionPair(query: pooled.query, key: pooled.key), Yardstick(felt[Place(pooled)], pooled))
      }
    ) { first, _ in first }
  }

  /// How a row splits, and what in.
  package subscript(_ block: PooledBlock) -> (split: TermSplit, yardstick: Yardstick) {
    let yardstick = yardsticks[RegionPair(query: block.query, key: block.key)] ?? .energy(isCentered: false)
    return (TermSplit(block, felt[Place(block)], by: yardstick), yardstick)
  }
}

extension TermSplit {
  /// By a yardstick; unchanged where nats are counted and there are none.
  package init(_ block: PooledBlock, _ felt: AttentionDivergence?, by yardstick: Yardstick) {
    switch yardstick {
    case .nats: self.init(felt ?? AttentionDivergence(at: Place(block), count: 0))
    case .energy(let isCentered): self.init(isCentered ? block.centered : block.raw)
    }
  }
}
