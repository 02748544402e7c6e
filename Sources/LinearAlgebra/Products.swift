internal import COpenBLAS

/// c ← α·a·b + β·c, with b transposed on demand. Shapes: a (m, k); b (k, n), or (n, k) when transposed; c (m, n).
///
/// One call runs on the calling thread: parallel work is split into tasks by ``Workers``, so that a result does not
/// depend on how many threads there are.
public func multiply(
  _ a: MatrixView, _ b: MatrixView, transposed: Bool = false, into c: MatrixView, alpha: Float = 1,
  beta: Float = 0
) {
  multiply(ReadOnlyMatrix(a), ReadOnlyMatrix(b), transposed: transposed, into: c, alpha: alpha, beta: beta)
}

/// The same from matrices that are only read.
public func multiply(
  _ a: ReadOnlyMatrix, _ b: ReadOnlyMatrix, transposed: Bool = false, into c: MatrixView, alpha: Float = 1,
  beta: Float = 0
) {
  precondition(a.rows == c.rows && (transposed ? b.rows : b.columns) == c.columns)
  precondition(a.columns == (transposed ? b.columns : b.rows))
  multiply(
    a, CblasNoTrans, b, transposed ? CblasTrans : CblasNoTrans, inner: a.columns, into: c, alpha: alpha, beta: beta)
}

/// c ← α·aᵀ·b + β·c. Shapes: a (k, m), b (k, n), c (m, n).
public func multiply(
  transposing a: ReadOnlyMatrix, _ b: ReadOnlyMatrix, into c: MatrixView, alpha: Float = 1, beta: Float = 0
) {
  precondition(a.columns == c.rows && b.columns == c.columns && a.rows == b.rows)
  multiply(a, CblasTrans, b, CblasNoTrans, inner: a.rows, into: c, alpha: alpha, beta: beta)
}

private func multiply(
  _ a: ReadOnlyMatrix, _ first: CBLAS_TRANSPOSE, _ b: ReadOnlyMatrix, _ second: CBLAS_TRANSPOSE, inner: Int,
  into c: MatrixView, alpha: Float, beta: Float
) {
  guard c.rows > 0, c.columns > 0 else { return }
  guard inner > 0 else {
    if beta == 0 { c.clear() }
    return
  }
  cblas_sgemm(
    CblasRowMajor, first, second, blasint(c.rows), blasint(c.columns), blasint(inner), alpha, a.elements,
    blasint(a.stride), b.elements, blasint(b.stride), beta, c.elements, blasint(c.stride))
}

/// The kernel that OpenBLAS chose for this machine ("Haswell"), or was told to take (`OPENBLAS_CORETYPE`). The same products differ
/// from kernel to kernel in their last digits.
public let productKernel = openblas_get_corename().map { String(cString: $0) } ?? "unknown"

/// Fixes OpenBLAS to one thread a call. Must run before the first product; ``Workers`` does it.
func useOneThreadPerProduct() { openblas_set_num_threads(1) }
