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
}
