/// A table of vectors.
public struct Embedding: Sendable, Hashable {
  /// Path of the module; its tensor is `module.weight` of shape (rows, columns).
  public var module: String
  /// Number of vectors.
  public var rows: Int
  /// Width of a vector.
  public var columns: Int

  /// A table.
  public init(_ module: String, rows: Int, columns: Int) {
    self.module = module
    self.rows = rows
    self.columns = columns
  }
}
