import LinearAlgebra

/// The leading singular triplets of a matrix W (m, n) by block subspace iteration with a seeded start (Halko, Martinsson
/// and Tropp, 2011, algorithms 4.4 and 5.1). Exact where the block spans the smaller side; else the directions near the
/// end of the block are approximate where the singular values there lie close together.
///
/// 2·passes + 2 products of W with a block of vectors, in single precision; orthonormal bases and the last, small
/// decomposition in double. The same on any number of threads: products are cut into tiles of fixed size.
struct LeadingSubspace: Sendable {
  /// Vectors iterated beyond those asked for.
  static let oversampling = 16
  /// Passes over W and Wᵀ after the first.
  static let passes = 4
  /// Smaller sides up to which the block spans the whole side, and the result is exact.
  static let exact = 128
  private static let tile = 512

  /// Left singular vectors, (m, count).
  let left: DoubleMatrix
  /// Singular values, largest first.
  let values: [Double]
  /// Right singular vectors, (n, count).
  let right: DoubleMatrix

  /// `count` leading triplets, fewer where the matrix is smaller.
  /// - Returns: Nil where LAPACK fails.
  init?(of matrix: Matrix, count: Int, passes: Int = Self.passes, workers: Workers) {
    let (m, n) = (matrix.rows, matrix.columns)
    let side = min(m, n)
    let block = side <= Self.exact ? side : min(count + Self.oversampling, side)
    var generator = SplitMix(state: 0x1EB2_9117)
    // Blocks lie row by row, which is column by column for LAPACK.
    let start = DoubleMatrix(rows: n, columns: block, (0..<n * block).map { _ in generator.next() })
    guard var basis = Self.image(of: start, matrix, transposed: false, workers).orthogonalFactors()?.q else {
      return nil
    }
    for _ in 0..<passes {
      guard
        let inner = Self.image(of: basis, matrix, transposed: true, workers).orthogonalFactors()?.q,
        let outer = Self.image(of: inner, matrix, transposed: false, workers).orthogonalFactors()?.q
      else { return nil }
      basis = outer
    }
    // W ≈ basis·(Wᵀ·basis)ᵀ; the singular vectors of the small factor turn the basis.
    guard let (q, r) = Self.image(of: basis, matrix, transposed: true, workers).orthogonalFactors(),
      let (x, values, y) = r.singularVectors()
    else { return nil }
    let kept = 0..<min(count, block)
    left = basis.times(y.columns(kept))
    right = q.times(x.columns(kept))
    self.values = Array(values[kept])
  }

  /// W·block (m, columns), or Wᵀ·block (n, columns).
  private static func image(
    of block: DoubleMatrix, _ matrix: Matrix, transposed: Bool, _ workers: Workers
  ) -> DoubleMatrix {
    let length = transposed ? matrix.columns : matrix.rows
    let source = Matrix(rows: block.columns, columns: block.rows, block.elements.map(Float.init))
    let result = Matrix(rows: block.columns, columns: length)
    let tiles = (0..<length).pieces(of: tile)
    workers.forEach(tiles.count) { index, _ in
      let part = transposed ? matrix.view.columns(tiles[index]) : matrix.view.rows(tiles[index])
      multiply(source.view, part, transposed: !transposed, into: result.view.columns(tiles[index]))
    }
    return DoubleMatrix(rows: length, columns: block.columns, result.doubles)
  }
}

/// Numbers between −1 and 1 that are the same on every platform: SplitMix64 (Steele et al., 2014).
private struct SplitMix {
  var state: UInt64

  mutating func next() -> Double {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return Double((z ^ (z >> 31)) >> 11) / Double(1 << 52) - 1
  }
}
