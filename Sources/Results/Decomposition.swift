/// The change and its three terms, raw or centred.
public struct Decomposition: Sendable, Equatable {
  /// Size of ΔS.
  public var delta: Magnitude
  /// By ``Term``'s raw value.
  public var terms: [TermStatistics]

  /// A decomposition from its parts.
  public init(delta: Magnitude, terms: [TermStatistics]) {
    self.delta = delta
    self.terms = terms
  }

  /// One term's statistics.
  public subscript(term: Term) -> TermStatistics { terms[term.rawValue] }

  /// Which term explains the change.
  public var dominantTerm: Dominance {
    delta.rms > 0 ? Dominance(shares: terms.map(\.share)) : .unchanged
  }
}
