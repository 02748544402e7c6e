/// The verdict on a block.
public enum Dominance: Sendable, Equatable {
  /// One term has the largest share.
  case term(Term)
  /// The two largest shares lie within ``clearLead``.
  case mixed
  /// Nothing changed.
  case unchanged

  /// By more than this the largest share has to lead the second for its term to be the verdict: ten percentage points.
  public static let clearLead = 0.1

  /// The verdict on a change that is not zero, by the shares of its terms in ``Term``'s order.
  init(shares: [Double]) {
    let ranked = Term.allCases.sorted { shares[$0.rawValue] > shares[$1.rawValue] }
    let lead = shares[ranked[0].rawValue] - shares[ranked[1].rawValue]
    self = lead <= Self.clearLead ? .mixed : .term(ranked[0])
  }
}
