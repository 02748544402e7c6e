import Checkpoints

/// One changed model over the same base: what takes part in a pass.
public struct ChangeRun: Sendable {
  /// Where its change comes from.
  public enum Origin: Sendable {
    /// An adaptation with a mask a prompt.
    case adaptation(Adaptation, masks: [ChangeMask])
    /// Another run of the list, itself not a fork. The fork is that run until the first layer and token where what it
    /// leaves out can matter; only its own rows cost anything after that.
    case fork(of: Int)
  }

  /// Where its change comes from.
  public var origin: Origin
  /// What is left out of the change. A fork leaves out what its origin does, too.
  public var filter: PartFilter
  /// Whether its logits are computed where a probe asks for logits.
  public var predicts = true
  /// Whether what writes its stream is kept and shown where a probe asks for writers; forks show none.
  public var showsWriters = true

  /// A run of an adaptation.
  public init(_ adaptation: Adaptation, masks: [ChangeMask], filter: PartFilter = PartFilter()) {
    origin = .adaptation(adaptation, masks: masks)
    self.filter = filter
  }

  /// A run that differs from another in what it leaves out.
  public init(forkOf run: Int, filter: PartFilter) {
    origin = .fork(of: run)
    self.filter = filter
  }
}
