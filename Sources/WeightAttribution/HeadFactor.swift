import LinearAlgebra

/// A head's slice W (width, n) of a projection and its change dW, both in coordinates of one orthonormal basis U of
/// what their rows span: Wᵀ = U·weight, dWᵀ = U·change.
///
/// Every norm, inner product and singular value of products of two such factors is that of the small coordinates, so
/// nothing of n × n is formed. U itself is never needed.
struct HeadFactor: Sendable {
  /// (size, width).
  let weight: DoubleMatrix
  /// (size, width); nil where dW is exactly zero.
  let change: DoubleMatrix?

  /// QR of the stacked rows [W; F] with dW = P·F. O(n · (width + rank)²).
  /// - Returns: Nil where LAPACK fails.
  init?(_ rows: FactorRows) {
    let stacked = DoubleMatrix(rows: rows.length, columns: rows.width + rows.rank, rows.elements)
    guard let r = stacked.triangularFactor() else { return nil }
    weight = r.columns(0..<rows.width)
    let change = r.columns(rows.width..<rows.width + rows.rank).times(rows.combination)
    self.change = change.isZero ? nil : change
  }
}

/// What a ``HeadFactor`` is made of: the rows of W, the rows F that dW is a combination of, and that combination.
struct FactorRows {
  /// Length of a row, n.
  let length: Int
  /// Rows of W.
  let width: Int
  /// Rows of F.
  private(set) var rank = 0
  /// The rows of W, then those of F, one after the other.
  private(set) var elements: [Double]
  /// Pᵀ column by column, (rank, width), kept as its rows.
  private var combinationRows: [[Double]] = []

  /// A slice that does not change yet; `weight` is (width, length) row by row.
  init(weight: [Double], width: Int, length: Int) {
    precondition(weight.count == width * length)
    self.width = width
    self.length = length
    elements = weight
  }

  /// Pᵀ, (rank, width).
  var combination: DoubleMatrix {
    var result = DoubleMatrix(rows: rank, columns: width)
    for (row, values) in combinationRows.enumerated() {
      for column in 0..<width { result.elements[column * rank + row] = values[column] }
    }
    return result
  }

  /// Adds p·fᵀ to dW, p (width) and f (length), unless it is zero.
  mutating func add(_ p: [Double], times f: [Double]) {
    precondition(p.count == width && f.count == length)
    guard p.contains(where: { $0 != 0 }), f.contains(where: { $0 != 0 }) else { return }
    elements += f
    combinationRows.append(p)
    rank += 1
  }

  /// Adds a dense (width, length) change, row by row.
  mutating func add(dense: [Double]) {
    precondition(dense.count == width * length)
    for row in 0..<width {
      var p = [Double](repeating: 0, count: width)
      p[row] = 1
      add(p, times: Array(dense[row * length..<(row + 1) * length]))
    }
  }
}
