internal import CLAPACKE

/// Orthogonal decompositions. Each gives nil only where LAPACK fails, which takes a number that is not finite.
extension DoubleMatrix {
  /// R of the QR decomposition, (min(rows, columns), columns) and zero below the diagonal. In the orthonormal basis Q the
  /// columns of the matrix have R's columns as coordinates, so products between them, their norms and their singular
  /// values can be taken there. O(rows · columns · min(rows, columns)).
  public func triangularFactor() -> DoubleMatrix? {
    guard let (packed, _) = reflected() else { return nil }
    let size = min(rows, columns)
    var result = DoubleMatrix(rows: size, columns: columns)
    for column in 0..<columns {
      for row in 0..<min(size, column + 1) {
        result.elements[column * size + row] = packed[column * rows + row]
      }
    }
    return result
  }

  /// Q of the QR decomposition, (rows, min(rows, columns)), and R.
  public func orthogonalFactors() -> (q: DoubleMatrix, r: DoubleMatrix)? {
    guard let (packed, tau) = reflected() else { return nil }
    let size = min(rows, columns)
    var r = DoubleMatrix(rows: size, columns: columns)
    for column in 0..<columns {
      for row in 0..<min(size, column + 1) { r.elements[column * size + row] = packed[column * rows + row] }
    }
    var q = Array(packed.prefix(rows * size))
    guard
      size == 0
        || LAPACKE_dorgqr(
          LAPACK_COL_MAJOR, Int32(rows), Int32(size), Int32(size), &q, Int32(max(1, rows)), tau) == 0
    else { return nil }
    return (DoubleMatrix(rows: rows, columns: size, q), r)
  }

  private func reflected() -> (packed: [Double], tau: [Double])? {
    var packed = elements
    var tau = [Double](repeating: 0, count: min(rows, columns))
    guard !tau.isEmpty else { return (packed, tau) }
    let status = LAPACKE_dgeqrf(LAPACK_COL_MAJOR, Int32(rows), Int32(columns), &packed, Int32(rows), &tau)
    return status == 0 ? (packed, tau) : nil
  }

  /// LAPACK complains of what is not on stdout.
  private var isFinite: Bool { elements.allSatisfy(\.isFinite) }

  /// The singular values, largest first; nil where an element is not finite or LAPACK does not converge.
  public func singularValues() -> [Double]? {
    guard rows > 0, columns > 0 else { return [] }
    guard isFinite else { return nil }
    var a = elements
    var values = [Double](repeating: 0, count: min(rows, columns))
    var unused = [0.0]
    var alsoUnused = [0.0]
    let status = LAPACKE_dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), Int32(rows), Int32(columns), &a, Int32(rows), &values, &unused, 1,
      &alsoUnused, 1)
    return status == 0 ? values : nil
  }

  /// U·diag(values)·Vᵀ: left is U (rows, size), right is V (columns, size), size = min(rows, columns). Each pair of
  /// vectors is unique up to a common sign; here the element of U's column that is largest in magnitude is positive.
  public func singularVectors() -> (left: DoubleMatrix, values: [Double], right: DoubleMatrix)? {
    let size = min(rows, columns)
    var left = DoubleMatrix(rows: rows, columns: size)
    var right = DoubleMatrix(rows: columns, columns: size)
    guard size > 0 else { return (left, [], right) }
    guard isFinite else { return nil }
    var a = elements
    var values = [Double](repeating: 0, count: size)
    var vt = [Double](repeating: 0, count: size * columns)
    let status = LAPACKE_dgesdd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "S")), Int32(rows), Int32(columns), &a, Int32(rows), &values,
      &left.elements, Int32(rows), &vt, Int32(size))
    guard status == 0 else { return nil }
    for index in 0..<size {
      let column = index * rows..<(index + 1) * rows
      let largest = column.max { abs(left.elements[$0]) < abs(left.elements[$1]) } ?? index * rows
      let sign: Double = left.elements[largest] < 0 ? -1 : 1
      for element in column { left.elements[element] *= sign }
      for row in 0..<columns { right.elements[index * columns + row] = sign * vt[row * size + index] }
    }
    return (left, values, right)
  }

  /// The eigenvalues of a symmetric matrix, largest first. Reads the lower triangle.
  public func symmetricEigenvalues() -> [Double]? {
    precondition(rows == columns)
    guard rows > 0 else { return [] }
    guard isFinite else { return nil }
    var a = elements
    var values = [Double](repeating: 0, count: rows)
    let status = LAPACKE_dsyevd(
      LAPACK_COL_MAJOR, CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "L")), Int32(rows), &a, Int32(rows), &values)
    return status == 0 ? values.reversed() : nil
  }
}
