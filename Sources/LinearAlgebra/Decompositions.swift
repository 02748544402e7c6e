internal import CLAPACKE

/// The best approximation of a row-major matrix by one of lower rank, as left·right: left is U_r (rows, rank), right is
/// S_r·V_rᵀ (rank, columns). O(rows · columns · min(rows, columns)).
/// - Returns: Nil when the rank is larger than the matrix or LAPACK does not converge.
public func leadingSingularPart(
  _ matrix: [Double], rows: Int, columns: Int, rank: Int
) -> (left: [Double], right: [Double])? {
  let size = min(rows, columns)
  guard rank <= size, matrix.count == rows * columns else { return nil }
  var a = matrix
  var s = [Double](repeating: 0, count: size)
  var u = [Double](repeating: 0, count: rows * size)
  var vt = [Double](repeating: 0, count: size * columns)
  let status = LAPACKE_dgesdd(
    LAPACK_ROW_MAJOR, CChar(UInt8(ascii: "S")), Int32(rows), Int32(columns), &a, Int32(columns), &s,
    &u, Int32(size), &vt, Int32(columns))
  guard status == 0 else { return nil }
  let left = (0..<rows).flatMap { row in u[row * size..<row * size + rank] }
  let right = (0..<rank).flatMap { row in vt[row * columns..<(row + 1) * columns].map { $0 * s[row] } }
  return (left, right)
}

/// The first columns of Q and rows of R in the QR decomposition of a row-major matrix, as left·right.
/// O(rows · columns · min(rows, columns)).
/// - Returns: Nil when the rank is larger than the matrix or LAPACK fails.
public func leadingOrthogonalPart(
  _ matrix: [Double], rows: Int, columns: Int, rank: Int
) -> (left: [Double], right: [Double])? {
  let size = min(rows, columns)
  guard rank <= size, matrix.count == rows * columns else { return nil }
  var a = matrix
  var tau = [Double](repeating: 0, count: size)
  guard LAPACKE_dgeqrf(LAPACK_ROW_MAJOR, Int32(rows), Int32(columns), &a, Int32(columns), &tau) == 0
  else { return nil }
  let right = (0..<rank).flatMap { row in
    (0..<columns).map { column in column < row ? 0 : a[row * columns + column] }
  }
  var q = (0..<rows).flatMap { row in a[row * columns..<row * columns + size] }
  guard
    LAPACKE_dorgqr(
      LAPACK_ROW_MAJOR, Int32(rows), Int32(size), Int32(size), &q, Int32(size), &tau) == 0
  else { return nil }
  return ((0..<rows).flatMap { row in q[row * size..<row * size + rank] }, right)
}
