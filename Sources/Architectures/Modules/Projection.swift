/// Some output rows of a linear layer: all of `q_proj`, or the query rows of a fused `query_key_value`.
public struct Projection: Sendable, Hashable {
  /// The layer whose rows these are.
  public var linear: Linear
  /// Which rows, in the order the projection has them.
  public var rows: RowSelection

  /// All rows of a layer.
  public init(_ linear: Linear) {
    self.linear = linear
    self.rows = RowSelection(0..<linear.outputs)
  }

  /// Some rows of a fused layer.
  public init(_ linear: Linear, rows: RowSelection) {
    self.linear = linear
    self.rows = rows
  }
}
