import Architectures
import Checkpoints
import LinearAlgebra

/// Reads weights and their changes in double precision, widened from the mapped files.
struct WeightReader: Sendable {
  let model: Model
  let adaptation: Adaptation

  /// Whether a module's weight changes; a change of its bias alone does not count.
  func changes(_ linear: Linear) -> Bool {
    guard let change = adaptation.linears[linear.module] else { return false }
    return change.dense != nil || !change.lowRank.isEmpty
  }

  /// Rows of a weight, (rows.count, inputs).
  func weight(_ linear: Linear, _ rows: RowSelection) throws(WeightAttributionError) -> [Double] {
    let matrix = Matrix(rows: rows.count, columns: linear.inputs)
    try reading { () throws(CheckpointError) in try model.weight(linear, rows: rows, into: matrix.elements) }
    return matrix.doubles
  }

  /// Rows of a dense change, (rows.count, inputs); nil where the module has none.
  func dense(_ linear: Linear, _ rows: RowSelection) throws(WeightAttributionError) -> [Double]? {
    guard let dense = adaptation.linears[linear.module]?.dense else { return nil }
    let matrix = Matrix(rows: rows.count, columns: linear.inputs)
    try reading { () throws(CheckpointError) in try dense.form(rows, matrix.elements) }
    return matrix.doubles
  }

  /// The low-rank parts of a module's change.
  func lowRank(_ linear: Linear) -> [LowRank] { adaptation.linears[linear.module]?.lowRank ?? [] }
}

extension Matrix {
  /// The elements in double precision.
  var doubles: [Double] { UnsafeBufferPointer(start: elements, count: rows * columns).map(Double.init) }
}

extension LowRank {
  /// Column `inner` of scale·B at some rows of the output.
  func scaledColumn(_ inner: Int, rows: RowSelection) -> [Double] {
    rows.runs.joined().map { scale * Double(b[$0 * rank + inner]) }
  }

  /// Row `inner` of A at some inputs.
  func row(_ inner: Int, _ columns: Range<Int>) -> [Double] {
    let width = a.count / rank
    return a[inner * width + columns.lowerBound..<inner * width + columns.upperBound].map(Double.init)
  }
}

extension Projection {
  /// The rows of one head. Heads lie within the blocks of a selection.
  func rows(ofHead head: Int, width: Int) -> RowSelection {
    let first = head * width
    let (block, offset) = first.quotientAndRemainder(dividingBy: rows.length)
    precondition(offset + width <= rows.length)
    let start = rows.start + block * rows.stride + offset
    return RowSelection(start..<start + width)
  }
}
