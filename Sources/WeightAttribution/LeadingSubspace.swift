import LinearAlgebra

/// The leading singular triplets of a matrix W (m, n) by block Krylov iteration with a seeded start (Musco and Musco,
/// 2015): the best triplets within the span of WΠ, (WWᵀ)WΠ, …, (WWᵀ)^passes·WΠ, with Π as many random columns as
/// triplets are asked for. Exact where that span is the whole smaller side; else the last ones are approximate where the
/// singular values there lie close together (on a 135M model's weights singular values are right to 4e-4 of the largest,
/// and the part of a vector outside the subspace to 2e-3).
///
/// W is read 2·passes + 2 times, in single precision; orthonormal bases and the last, small decomposition are in double.
/// The same on any number of threads: products are cut into tiles of fixed size.
struct LeadingSubspace: Sendable {
  /// Passes over W and Wᵀ after the first.
  static let passes = 8
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
    guard let basis = Self.basis(of: matrix, count: count, passes: passes, workers),
      // W ≈ basis·(Wᵀ·basis)ᵀ; the singular vectors of the small factor turn the basis.
      let (q, r) = Self.image(of: basis, matrix, transposed: true, workers).orthogonalFactors(),
      let (x, values, y) = r.singularVectors()
    else { return nil }
    let kept = 0..<min(count, values.count)
    left = basis.times(y.columns(kept))
    right = q.times(x.columns(kept))
    self.values = Array(values[kept])
  }

  /// An orthonormal basis of the span, (m, (passes + 1)·count) or that of the whole smaller side.
  private static func basis(
    of matrix: Matrix, count: Int, passes: Int, _ workers: Workers
  ) -> DoubleMatrix? {
    let (n, side) = (matrix.columns, min(matrix.rows, matrix.columns))
    let isWhole = (passes + 1) * count >= side
    let block = isWhole ? side : count
    var generator = SplitMix64(seed: 0x1EB2_9117)
    let start = DoubleMatrix(rows: n, columns: block, (0..<n * block).map { _ in 2 * generator.unit() - 1 })
    guard var last = image(of: start, matrix, transposed: false, workers).orthogonalFactors()?.q else { return nil }
    if isWhole { return last }
    var blocks = last.elements
    for _ in 0..<passes {
      guard
        let inner = image(of: last, matrix, transposed: true, workers).orthogonalFactors()?.q,
        let outer = image(of: inner, matrix, transposed: false, workers).orthogonalFactors()?.q
      else { return nil }
      blocks += outer.elements
      last = outer
    }
    return DoubleMatrix(rows: matrix.rows, columns: (passes + 1) * count, blocks).orthogonalFactors()?.q
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
