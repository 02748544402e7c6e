import LinearAlgebra

/// What acts on the delta rows of a piece: the changed input and the masks.
struct DeltaInput {
  /// dx, (delta rows, inputs).
  var delta: MatrixView
  /// x + dx, (delta rows, inputs).
  var sum: MatrixView
  /// Per delta row, the weights of the mask.
  var masks: Masks
}

/// The mask's weights on the delta rows of a piece.
struct Masks {
  /// Of low-rank parts.
  var lowRank: ArraySlice<Float>
  /// Of all other changes.
  var other: ArraySlice<Float>

}

extension Masks {
  init(_ batch: Batch, _ rows: Range<Int>) {
    self.init(lowRank: batch.lowRankMask[rows], other: batch.otherMask[rows])
  }
}

/// y = Wx + b for projections that read the same input, stacked, with the delta
/// dy = W·dx + m·(dW·(x + dx) + db) (definitions, section 3). A low-rank dW is applied as B(A(x + dx)), never formed.
struct PairedLinear: Sendable {
  /// W, (outputs, inputs).
  var weight: Matrix
  /// b, (outputs), or nil.
  var bias: [Float]?
  /// A of all low-rank parts, one under the other, (Σ rank, inputs).
  var downs: Matrix?
  /// How each low-rank part goes on from A.
  var ups: [LowRankUp] = []
  /// Dense parts of dW with the output columns they belong to.
  var denses: [(weight: Matrix, columns: Range<Int>)] = []
  /// db (outputs), or nil.
  var biasDelta: [Float]?

  /// scale·B for some output columns, with a bias of its own.
  struct LowRankUp: Sendable {
    /// Rows of `downs`.
    var downRows: Range<Int>
    /// B, (columns.count, rank).
    var up: Matrix
    var scale: Float
    var columns: Range<Int>
    /// (columns.count), scale included.
    var bias: [Float]?
  }

  var outputs: Int { weight.rows }
  var inputs: Int { weight.columns }

  /// y for base rows: x (n, inputs), y (n, outputs).
  func apply(_ x: MatrixView, into y: MatrixView) {
    multiply(x, weight.view, transposed: true, into: y)
    if let bias {
      for row in 0..<y.rows { add(bias, scaledBy: 1, to: y[row]) }
    }
  }

  /// dy for delta rows: dy (delta rows, outputs).
  func applyDelta(_ input: DeltaInput, into dy: MatrixView, _ scratch: Scratch) {
    guard dy.rows > 0 else { return }
    multiply(input.delta, weight.view, transposed: true, into: dy)
    applyLowRank(input, into: dy, scratch)
    applyDense(input, into: dy, scratch)
    if let biasDelta {
      for (row, mask) in input.masks.other.enumerated() { add(biasDelta, scaledBy: mask, to: dy[row]) }
    }
  }

  private func applyLowRank(_ input: DeltaInput, into dy: MatrixView, _ scratch: Scratch) {
    guard let downs else { return }
    let inner = scratch.matrix(.lowRank, rows: dy.rows, columns: downs.rows)
    multiply(input.sum, downs.view, transposed: true, into: inner)
    scaleRows(of: inner, by: input.masks.lowRank)
    for part in ups {
      let target = dy.columns(part.columns)
      multiply(
        inner.columns(part.downRows), part.up.view, transposed: true, into: target, alpha: part.scale, beta: 1)
      if let bias = part.bias {
        for (row, mask) in input.masks.lowRank.enumerated() { add(bias, scaledBy: mask, to: target[row]) }
      }
    }
  }

  private func applyDense(_ input: DeltaInput, into dy: MatrixView, _ scratch: Scratch) {
    guard !denses.isEmpty else { return }
    var masked = input.sum
    if input.masks.other.contains(where: { $0 != 1 }) {
      masked = scratch.matrix(.masked, rows: dy.rows, columns: inputs)
      for row in 0..<dy.rows { masked[row].update(from: input.sum[row], count: inputs) }
      scaleRows(of: masked, by: input.masks.other)
    }
    for dense in denses {
      multiply(masked, dense.weight.view, transposed: true, into: dy.columns(dense.columns), beta: 1)
    }
  }

  private func scaleRows(of matrix: MatrixView, by mask: ArraySlice<Float>) {
    for (row, weight) in mask.enumerated() where weight != 1 {
      for column in 0..<matrix.columns { matrix[row][column] *= weight }
    }
  }

  private func add(_ vector: [Float], scaledBy factor: Float, to row: UnsafeMutablePointer<Float>) {
    for column in vector.indices { row[column] += factor * vector[column] }
  }
}
