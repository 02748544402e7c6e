/// How many of the modules that an adapter's file has tensors for were applied to the base. One that silently changes nothing is
/// the commonest loss of all.
public struct AppliedModules: Sendable, Equatable {
  /// Modules of the base that the adapter changes.
  public var applied: Int
  /// Paths of the adapter's other modules, sorted: heads and towers that attention to text does not pass through.
  public var leftOut: [String]

  /// A count.
  public init(applied: Int, leftOut: [String]) {
    self.applied = applied
    self.leftOut = leftOut
  }

  /// All modules of the adapter.
  public var total: Int { applied + leftOut.count }
}
