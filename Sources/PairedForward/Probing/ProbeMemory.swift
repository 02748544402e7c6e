import LinearAlgebra

/// Working memory of one worker that a probe may use while it is shown something: matrices that grow to the largest size asked
/// for and are used again.
public final class ProbeMemory: @unchecked Sendable {
  private var matrices: [Int: Matrix] = [:]

  /// Nothing kept yet.
  public init() {}

  /// A matrix of the given shape; what it holds is undefined. One of another place never shares its memory.
  public func matrix(_ place: Int, rows: Int, columns: Int) -> MatrixView {
    let size = rows * columns
    if let kept = matrices[place], kept.columns >= size {
      return MatrixView(kept.elements, rows: rows, columns: columns, stride: columns)
    }
    let matrix = Matrix(rows: 1, columns: size)
    matrices[place] = matrix
    return MatrixView(matrix.elements, rows: rows, columns: columns, stride: columns)
  }
}
