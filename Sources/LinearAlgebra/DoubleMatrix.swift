internal import COpenBLAS

/// A small dense matrix of Double, column by column as LAPACK keeps it: for the cores of factored matrices, where single
/// precision would not do.
public struct DoubleMatrix: Sendable, Equatable {
  /// Number of rows.
  public let rows: Int
  /// Number of columns.
  public let columns: Int
  /// The elements, column by column.
  public var elements: [Double]

  /// A matrix from its elements, column by column.
  public init(rows: Int, columns: Int, _ elements: [Double]) {
    precondition(elements.count == rows * columns)
    self.rows = rows
    self.columns = columns
    self.elements = elements
  }

  /// A matrix of zeros.
  public init(rows: Int, columns: Int) {
    self.init(rows: rows, columns: columns, [Double](repeating: 0, count: rows * columns))
  }

  /// Some neighbouring columns.
  public func columns(_ range: Range<Int>) -> DoubleMatrix {
    DoubleMatrix(
      rows: rows, columns: range.count, Array(elements[range.lowerBound * rows..<range.upperBound * rows]))
  }

  /// Whether every element is exactly zero.
  public var isZero: Bool { elements.allSatisfy { $0 == 0 } }

  /// Σ aᵢⱼ², the square of the Frobenius norm.
  public var squaredNorm: Double { elements.reduce(0) { $0 + $1 * $1 } }

  /// Σ aᵢⱼbᵢⱼ, the inner product that the Frobenius norm belongs to.
  public func inner(_ other: DoubleMatrix) -> Double {
    precondition(rows == other.rows && columns == other.columns)
    return zip(elements, other.elements).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// a + b.
  public static func + (a: DoubleMatrix, b: DoubleMatrix) -> DoubleMatrix {
    precondition(a.rows == b.rows && a.columns == b.columns)
    return DoubleMatrix(rows: a.rows, columns: a.columns, zip(a.elements, b.elements).map { $0 + $1 })
  }

  /// factor·op(self)·op(other), where op transposes on demand. On the calling thread; O(m·n·k).
  public func times(
    _ other: DoubleMatrix, transposed: Bool = false, otherTransposed: Bool = false, scaledBy factor: Double = 1
  ) -> DoubleMatrix {
    let (m, k) = transposed ? (columns, rows) : (rows, columns)
    let (inner, n) = otherTransposed ? (other.columns, other.rows) : (other.rows, other.columns)
    precondition(k == inner)
    var result = DoubleMatrix(rows: m, columns: n)
    guard m > 0, n > 0, k > 0 else { return result }
    cblas_dgemm(
      CblasColMajor, transposed ? CblasTrans : CblasNoTrans, otherTransposed ? CblasTrans : CblasNoTrans,
      blasint(m), blasint(n), blasint(k), factor, elements, blasint(rows), other.elements, blasint(other.rows), 0,
      &result.elements, blasint(m))
    return result
  }
}
