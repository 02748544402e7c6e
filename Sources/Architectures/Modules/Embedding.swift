/// A table of vectors.
package struct Embedding: Sendable, Hashable {
  /// Path of the module; its tensor is `module.weight` of shape (rows, columns).
  package var module: String
  /// Number of vectors.
  package var rows: Int
  /// Width of a vector.
  package var columns: Int

  /// A table.
  package init(_ module: String, rows: Int, columns: Int) {
    self.module = module
    self.rows = rows
    self.columns = columns
  }
}
