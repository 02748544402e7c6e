import LinearAlgebra

/// What consecutive queries of one region pull back to the keys that they see, gathered from tile to tile: by key j Σ_i dp_ij q_i, and
/// beside it Σ_i D_i(b)·p̄_ij q_i of some regions b. Taken against sources once for all tiles, it costs little.
struct PulledBackKeys: Sendable {
  /// What tiles have to have in common.
  struct Shape: Equatable {
    /// The queries' region.
    let region: Int
    /// Whose attention can grow: the keys' regions, and a sink behind them.
    let gaining: [Int]
    /// Those of them with a D of their own.
    let apart: [Int]
  }

  let shape: Shape
  /// The keys that any of the queries sees and that can change.
  private(set) var keys = 0..<0
  /// (tokens, width · (1 + apart)).
  private let vectors: Matrix
  private let width: Int

  /// Nothing gathered yet.
  init(_ shape: Shape, tokens: Int, width: Int) {
    self.shape = shape
    self.width = width
    vectors = Matrix(rows: tokens, columns: width * (1 + shape.apart.count))
  }

  /// Where Σ_i dp_ij q_i of some keys is.
  func change(_ keys: Range<Int>) -> MatrixView { vectors.view.rows(keys).columns(0..<width) }
  /// Where Σ_i D_i(b)·p̄_ij q_i of some keys is, side by side for all regions b.
  func mixture(_ keys: Range<Int>) -> MatrixView { vectors.view.rows(keys).columns(width..<vectors.columns) }
  /// The same of all keys and one of the regions.
  func mixture(_ place: Int) -> MatrixView {
    vectors.view.rows(keys).columns((1 + place) * width..<(2 + place) * width)
  }

  /// More keys are seen.
  mutating func extend(by more: Range<Int>) {
    keys = keys.isEmpty ? more : min(keys.lowerBound, more.lowerBound)..<max(keys.upperBound, more.upperBound)
  }
}
