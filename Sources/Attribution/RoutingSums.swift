import Results

/// Sums over tokens of what a mixture of experts changes.
public struct RoutingSums: AdditiveSums, Equatable {
  /// Of dG·E, G·dE and dG·dE.
  public var parts = PartSums()
  /// Tokens whose set of experts differs.
  public var flipped = 0.0
  /// Σ of the fraction of a token's experts that were exchanged.
  public var replaced = 0.0

  /// Nothing summed.
  public init() {}

  /// Adds the sums of other tokens.
  public static func += (left: inout RoutingSums, right: RoutingSums) {
    left.parts += right.parts
    left.flipped += right.flipped
    left.replaced += right.replaced
  }

  /// Codes all sums.
  public mutating func code(_ coder: inout SumsCoder) throws(SumsError) {
    try parts.code(&coder)
    try coder.code(&flipped)
    try coder.code(&replaced)
  }
}
