import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// What goes into projections: base rows, and under them the delta rows of all runs.
struct LinearInput {
  /// [x; dx of every run], (base rows + delta rows, inputs).
  var all: MatrixView
  /// x + dx, (delta rows, inputs).
  var sum: MatrixView
  /// x of every delta row, (delta rows, inputs); only where parts are asked for.
  var base: MatrixView?

  var baseRows: Int { all.rows - sum.rows }
  var delta: MatrixView { all.rows(baseRows..<all.rows) }
}

/// The parts of a projection's change, each (delta rows, outputs); biases are in none of them.
struct LinearParts {
  /// dW·x.
  var own: MatrixView
  /// W·dx.
  var inherited: MatrixView
  /// dW·dx.
  var joint: MatrixView
}

/// y = Wx + b for projections that read the same input, stacked, with the delta
/// dy = W·dx + m·(dW·(x + dx) + db) (docs/method.md, Delta form). A low-rank dW is applied as B(A(x + dx)), never formed.
struct PairedLinear: Sendable {
  /// W, (outputs, inputs).
  var weight: Matrix
  /// b, (outputs), or nil.
  var bias: [Float]?
  /// The columns of y that belong to each site; nil for the head.
  var sites: [(site: Site?, columns: Range<Int>)]
  /// By site, as what its product is told; nil where nobody is told of it, or was before.
  var places: [ProductRows.Place?] = []
  /// The changes, by adaptation.
  var changes: [WeightChange]

  var outputs: Int { weight.rows }
  var inputs: Int { weight.columns }

  /// y for base rows and W·dx for delta rows, in one product: `y` (base rows + delta rows, outputs). `parts` takes the parts
  /// apart, else they are only summed.
  func apply(
    _ input: LinearInput, _ stack: RowStack, into y: MatrixView, parts: LinearParts? = nil, _ scratch: Scratch
  ) {
    multiply(input.all, weight.view, transposed: true, into: y)
    if let bias {
      for row in 0..<input.baseRows { add(bias, scaledBy: 1, to: y[row]) }
    }
    let dy = y.rows(input.baseRows..<y.rows)
    if let parts { dy.copy(into: parts.inherited) }
    for group in stack.groups {
      let change = changes[group.adaptation]
      guard !change.isEmpty else {
        for matrix in [parts?.own, parts?.joint].compactMap(\.self) { matrix.rows(group.rows).clear() }
        continue
      }
      let masks = sites.map { stack.mask($0.site, group.rows) }
      if let parts, let base = input.base {
        for (x, target) in [(base, parts.own), (input.delta, parts.joint)] {
          target.rows(group.rows).clear()
          change.add(x.rows(group.rows), masks, to: target.rows(group.rows), scratch)
          dy.rows(group.rows).add(target.rows(group.rows))
        }
      } else {
        change.add(input.sum.rows(group.rows), masks, to: dy.rows(group.rows), scratch)
      }
    }
  }

  /// Adds the changes of biases to delta rows; they are no part of ``LinearParts``.
  func addBiasChanges(_ stack: RowStack, to dy: MatrixView) {
    for group in stack.groups where changes[group.adaptation].changesBias {
      changes[group.adaptation].addBiases(sites.map { stack.mask($0.site, group.rows) }, to: dy.rows(group.rows))
    }
  }
}

/// dW of stacked projections by one adaptation.
struct WeightChange: Sendable {
  /// A of all low-rank parts, one under the other, (Σ rank, inputs).
  var downs: Matrix?
  /// How each low-rank part goes on from A.
  var ups: [LowRankUp] = []
  /// Dense parts of dW with the output columns they belong to.
  var denses: [Dense] = []
  /// db with the output columns they belong to.
  var biases: [Bias] = []

  /// scale·B for some output columns, with a bias of its own.
  struct LowRankUp: Sendable {
    /// Which of the stacked projections.
    var part: Int
    /// Rows of `downs`.
    var downRows: Range<Int>
    /// B, (columns.count, rank).
    var up: Matrix
    var scale: Float
    var columns: Range<Int>
    /// (columns.count), scale included.
    var bias: [Float]?
  }

  struct Dense: Sendable {
    var part: Int
    /// (columns.count, inputs).
    var weight: Matrix
    var columns: Range<Int>
  }

  struct Bias: Sendable {
    var part: Int
    /// (columns.count).
    var values: [Float]
    var columns: Range<Int>
  }

  var isEmpty: Bool { ups.isEmpty && denses.isEmpty }
  var changesBias: Bool { !biases.isEmpty || ups.contains { $0.bias != nil } }

  /// Adds m·dW·x, with masks by stacked projection.
  func add(_ x: MatrixView, _ masks: [TokenMask], to dy: MatrixView, _ scratch: Scratch) {
    if let downs {
      let inner = scratch.matrix(.lowRank, rows: dy.rows, columns: downs.rows)
      multiply(x, downs.view, transposed: true, into: inner)
      for part in ups {
        let own = inner.columns(part.downRows)
        own.scaleRows(by: masks[part.part].lowRank)
        multiply(own, part.up.view, transposed: true, into: dy.columns(part.columns), alpha: part.scale, beta: 1)
      }
    }
    for dense in denses {
      var masked = x
      let mask = masks[dense.part].other
      if mask.contains(where: { $0 != 1 }) {
        masked = scratch.matrix(.masked, rows: dy.rows, columns: x.columns)
        x.copy(into: masked)
        masked.scaleRows(by: mask)
      }
      multiply(masked, dense.weight.view, transposed: true, into: dy.columns(dense.columns), beta: 1)
    }
  }

  /// Adds m·db.
  func addBiases(_ masks: [TokenMask], to dy: MatrixView) {
    for part in ups {
      guard let bias = part.bias else { continue }
      for row in 0..<dy.rows { add(bias, masks[part.part].lowRank[row], to: dy[row] + part.columns.lowerBound) }
    }
    for bias in biases {
      for row in 0..<dy.rows { add(bias.values, masks[bias.part].other[row], to: dy[row] + bias.columns.lowerBound) }
    }
  }

  private func add(_ vector: [Float], _ factor: Float, to row: UnsafeMutablePointer<Float>) {
    for column in vector.indices { row[column] += factor * vector[column] }
  }
}

extension PairedLinear {
  private func add(_ vector: [Float], scaledBy factor: Float, to row: UnsafeMutablePointer<Float>) {
    for column in vector.indices { row[column] += factor * vector[column] }
  }
}

extension MatrixView {
  /// Multiplies each row by its weight.
  func scaleRows(by weights: [Float]) {
    for (row, weight) in weights.enumerated() where weight != 1 {
      for column in 0..<columns { self[row][column] *= weight }
    }
  }

  /// Writes the elements to a matrix of the same shape.
  func copy(into target: MatrixView) {
    for row in 0..<rows { target[row].update(from: self[row], count: columns) }
  }
}
