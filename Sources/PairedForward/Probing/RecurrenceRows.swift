import LinearAlgebra

/// What one head of linear attention reads from its state, o = Sᵀq, and how that changes in one run. Tokens that the run cannot change
/// are not shown.
public struct RecurrenceRows {
  /// The layer.
  public let layer: Int
  /// Index of the prompt.
  public let prompt: Int
  /// The value head.
  public let head: Int
  /// Which run.
  public let run: Int
  /// Position of the first row's token.
  public let first: Int
  /// dSᵀq, Sᵀdq and dSᵀdq, each (tokens from `first` on, valueDimension).
  public let terms: [ReadOnlyMatrix]
}
