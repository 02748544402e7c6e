import Architectures
import Checkpoints
import Foundation
import LinearAlgebra
import Results

/// The singular values of a weight's change, and its leading singular vectors.
struct ChangeSpectrum: Sendable {
  /// Singular values that a result holds.
  static let shown = 16
  /// Smaller side up to which a dense change gives all its singular values: the eigenvalues of a Gram matrix of that
  /// side take some seconds there, and beyond grow with its third power.
  static let largestDense = 2048

  /// ‖dW‖².
  let squaredNorm: Double
  /// The singular values, all of them or the leading ones.
  let values: [Double]
  /// Whether ``values`` are all that are not zero.
  let isComplete: Bool
  /// Leading left singular vectors, (outputs, count).
  let left: DoubleMatrix
  /// Leading right singular vectors, (inputs, count).
  let right: DoubleMatrix

  /// scale·B·A, summed over parts, at some rows: QR of both factors and an SVD of the small core.
  /// - Returns: Nil where LAPACK fails.
  init?(lowRank parts: [LowRank], rows: RowSelection, inputs: Int) {
    let inner = parts.reduce(0) { $0 + $1.rank }
    let columns = parts.flatMap { part in (0..<part.rank).flatMap { part.scaledColumn($0, rows: rows) } }
    let b = DoubleMatrix(rows: rows.count, columns: inner, columns)
    let a = DoubleMatrix(
      rows: inputs, columns: inner, parts.flatMap { part in (0..<part.rank).flatMap { part.row($0, 0..<inputs) } })
    guard let (u, r) = b.orthogonalFactors(), let (v, s) = a.orthogonalFactors(),
      let (x, values, y) = r.times(s, otherTransposed: true).singularVectors()
    else { return nil }
    squaredNorm = values.reduce(0) { $0 + $1 * $1 }
    self.values = values
    isComplete = true
    let count = Self.count(values)
    left = u.times(x.columns(0..<count))
    right = v.times(y.columns(0..<count))
  }

  /// A dense change, already formed.
  /// - Returns: Nil where LAPACK fails.
  init?(dense: Matrix, workers: Workers) {
    guard let triplets = LeadingSubspace(of: dense, count: Self.shown, workers: workers) else { return nil }
    squaredNorm = dense.squaredNorm(workers)
    let size = min(dense.rows, dense.columns)
    if triplets.values.count == size {
      (values, isComplete) = (triplets.values, true)
    } else if size <= Self.largestDense {
      guard let eigenvalues = dense.gram(workers).symmetricEigenvalues() else { return nil }
      (values, isComplete) = (eigenvalues.map { max(0, $0).squareRoot() }, true)
    } else {
      (values, isComplete) = (triplets.values, false)
    }
    let count = Self.count(triplets.values)
    left = triplets.left.columns(0..<count)
    right = triplets.right.columns(0..<count)
  }

  /// How many leading vectors are more than rounding.
  private static func count(_ values: [Double]) -> Int {
    values.prefix(WeightChange.LeadingDirections.limit).prefix { $0 > (values.first ?? 0) * 1e-6 }.count
  }

  /// ‖dW‖² / σ₁².
  var stableRank: Double { squaredNorm == 0 ? 0 : squaredNorm / (values[0] * values[0]) }

  /// exp(−Σ p ln p), p = σ / Σσ; nil where singular values are missing.
  var effectiveRank: Double? {
    guard isComplete else { return nil }
    let sum = values.reduce(0, +)
    guard sum > 0 else { return 0 }
    let entropy = values.reduce(0) { total, value in value > 0 ? total - value / sum * log(value / sum) : total }
    return exp(entropy)
  }
}

extension Matrix {
  /// Σ of the squared elements in double precision, piece by piece in a fixed order.
  func squaredNorm(_ workers: Workers) -> Double {
    let pieces = (0..<rows).pieces(of: 512)
    return workers.map(pieces.count) { piece in
      let values = UnsafeBufferPointer(
        start: self.view[pieces[piece].lowerBound], count: pieces[piece].count * self.columns)
      return values.reduce(0.0) { $0 + Double($1) * Double($1) }
    }.reduce(0, +)
  }

  /// The Gram matrix of the smaller side in double precision, formed in pieces of the larger side.
  func gram(_ workers: Workers) -> DoubleMatrix {
    let size = min(rows, columns)
    let isWide = rows < columns
    let pieces = (0..<max(rows, columns)).pieces(of: 1024)
    var sum = DoubleMatrix(rows: size, columns: size)
    for group in (0..<pieces.count).pieces(of: 8) {
      let parts = workers.map(group.count) { index -> DoubleMatrix in
        let piece = pieces[group.lowerBound + index]
        let part = isWide ? self.view.columns(piece) : self.view.rows(piece)
        // Row by row is column by column of the transposed.
        let turned = DoubleMatrix(
          rows: part.columns, columns: part.rows,
          (0..<part.rows).flatMap { row in
            UnsafeBufferPointer(start: part[row], count: part.columns).map(Double.init)
          })
        return turned.times(turned, transposed: isWide, otherTransposed: !isWide)
      }
      for part in parts { sum = sum + part }
    }
    return sum
  }
}
