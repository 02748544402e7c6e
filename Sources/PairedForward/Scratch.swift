import LinearAlgebra

/// Working memory of one worker: a few matrices that grow to the largest size asked for and are used again.
final class Scratch: @unchecked Sendable {
  /// What a matrix is for; two purposes never share memory.
  enum Purpose: Int, CaseIterable {
    case normed, normedDelta, normedSum, lowRank, masked
    case projected, projectedDelta, activated, activatedDelta, activatedSum
    case attended, attendedDelta, output, outputDelta
    case queries, scores, changedScores, patternDelta, changedPowers
    case keys, values, keyDeltas, valueDeltas, valueSums
  }

  private var matrices: [Matrix?] = Array(repeating: nil, count: Purpose.allCases.count)

  /// A matrix of the given shape; what it holds is undefined.
  func matrix(_ purpose: Purpose, rows: Int, columns: Int) -> MatrixView {
    let size = rows * columns
    let matrix: Matrix
    if let kept = matrices[purpose.rawValue], kept.columns >= size {
      matrix = kept
    } else {
      matrix = Matrix(rows: 1, columns: size)
      matrices[purpose.rawValue] = matrix
    }
    return MatrixView(matrix.elements, rows: rows, columns: columns, stride: columns)
  }
}
