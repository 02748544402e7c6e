/// Some output rows of a linear layer: all of `q_proj`, or the query rows of a fused `query_key_value`.
package struct Projection: Sendable, Hashable {
  /// The layer whose rows these are.
  package var linear: Linear
  /// Which rows, in the order the projection has them.
  package var rows: RowSelection

  /// All rows of a layer.
  package init(_ linear: Linear) {
    self.linear = linear
    self.rows = RowSelection(0..<linear.outputs)
  }

  /// Some rows of a fused layer.
  package init(_ linear: Linear, rows: RowSelection) {
    self.linear = linear
    self.rows = rows
  }
}
