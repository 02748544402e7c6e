import LinearAlgebra

/// Logits of predictions that are split by writers, over a slice of the vocabulary, with what makes them.
public struct HeadRows {
  /// The logits; of consecutive positions, all of which are split.
  public let logits: LogitRows
  /// The base's rows of the output head, (vocabulary, hidden).
  public let weight: ReadOnlyMatrix
  /// Working memory for as long as the rows are shown.
  public let memory: ProbeMemory
  /// By run, for its rows of ``logits``: by what a part of W·(n(x′) − n(x)) is multiplied to be a part of the logits' change, where that
  /// is not 1: a logit multiplier, and the secant of a soft cap.
  let factors: [ReadOnlyMatrix?]
  /// By run, the same rows: what the head's own change does, before those factors; nil where the head stays.
  let ownChanges: [ReadOnlyMatrix?]

  /// By column, what makes a part of the change of a logit of what the head's rows make of a part; nil for 1.
  public func factors(of run: Int, row: Int) -> UnsafePointer<Float>? { place(factors, run, row) }

  /// By column, what the head's own change does, before the factors; nil where it does nothing.
  public func ownChange(of run: Int, row: Int) -> UnsafePointer<Float>? { place(ownChanges, run, row) }

  private func place(_ matrices: [ReadOnlyMatrix?], _ run: Int, _ row: Int) -> UnsafePointer<Float>? {
    guard let matrix = matrices[run], let first = logits.changes[run]?.first, row >= first else { return nil }
    return matrix[row - first]
  }
}
