import LinearAlgebra

/// Working memory of one worker: a few matrices that grow to the largest size asked for and are used again.
final class Scratch: @unchecked Sendable {
  /// What a matrix is for; two purposes never share memory.
  enum Purpose: Int, CaseIterable {
    case input, sum, gathered, lowRank, masked, own, inherited, joint, remainder
    case projected, activated, attended, fed, shared, latents, raised
    case queries, scores, rawScores, shownScores, changedPowers, keys, values, sinkPatterns
    // One for each source.
    case latentSources, raisedSources
    // One for each run of a chunk.
    case changedQueries, changedScores, patternDelta, levels, sinks, keyDeltas, valueDeltas, valueSums
    case keptKeys, keptQueries, keptValues, keptScores, keptChangedScores, patternParts
    case written, writtenInput
  }

  /// How many matrices of a purpose there may be.
  static let slots = 4

  /// What probes may use.
  let probes = ProbeMemory()

  private var matrices: [Matrix?] = Array(repeating: nil, count: Purpose.allCases.count * slots)

  /// A matrix of the given shape; what it holds is undefined.
  func matrix(_ purpose: Purpose, _ slot: Int = 0, rows: Int, columns: Int) -> MatrixView {
    let size = rows * columns
    let place = purpose.rawValue * Self.slots + slot
    let matrix: Matrix
    if let kept = matrices[place], kept.columns >= size {
      matrix = kept
    } else {
      matrix = Matrix(rows: 1, columns: size)
      matrices[place] = matrix
    }
    return MatrixView(matrix.elements, rows: rows, columns: columns, stride: columns)
  }
}
