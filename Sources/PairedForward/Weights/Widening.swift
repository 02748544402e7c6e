import Architectures
import Checkpoints
import LinearAlgebra
import Vocabulary

/// Gathers what has to be widened, and does it in one go on all workers.
struct Widening {
  private var jobs: [Job] = []
  let model: Model
  let adaptations: [Adaptation]

  /// A matrix, or rows of one, to fill.
  private enum Job {
    case weight(Linear, RowSelection, into: Matrix, at: Int)
    case change(DenseChange, RowSelection, into: Matrix)
  }

  init(model: Model, adaptations: [Adaptation]) {
    self.model = model
    self.adaptations = adaptations
  }

  /// Plans a stack of projections that read the same input, each with its site. Its matrices are filled by ``run(on:)``.
  mutating func plan(_ parts: [(projection: Projection, site: Site?)]) throws(CheckpointError) -> PairedLinear {
    let inputs = parts[0].projection.linear.inputs
    let outputs = parts.reduce(0) { $0 + $1.projection.rows.count }
    var result = PairedLinear(
      weight: Matrix(rows: outputs, columns: inputs), sites: [],
      changes: adaptations.map { _ in WeightChange() })
    var downs = adaptations.map { _ in [Float]() }
    for (index, part) in parts.enumerated() {
      let start = result.sites.last?.columns.upperBound ?? 0
      let columns = start..<start + part.projection.rows.count
      result.sites.append((part.site, columns))
      let isRepeated = parts[..<index].contains { $0.projection == part.projection }
      result.places.append(isRepeated ? nil : part.site.map(ProductRows.Place.projection))
      planWeight(part.projection, into: result.weight, at: start)
      if let bias = try model.bias(part.projection.linear, rows: part.projection.rows) {
        result.bias = result.bias ?? Array(repeating: 0, count: outputs)
        result.bias?.replaceSubrange(columns, with: bias)
      }
      for (number, adaptation) in adaptations.enumerated() {
        guard let change = adaptation.linears[part.projection.linear.module] else { continue }
        plan(change, of: part.projection, index, columns, into: &result.changes[number], &downs[number])
      }
    }
    for (number, values) in downs.enumerated() where !values.isEmpty {
      result.changes[number].downs = Matrix(rows: values.count / inputs, columns: inputs, values)
    }
    return result
  }

  /// Widens everything that was planned.
  func run(on workers: Workers) throws(CheckpointError) {
    try workers.forEach(jobs.count) { job, _ throws(CheckpointError) in
      switch jobs[job] {
      case .weight(let linear, let rows, let target, let start):
        try model.weight(linear, rows: rows, into: target.elements + start * linear.inputs)
      case .change(let change, let rows, let target): try change.form(rows, target.elements)
      }
    }
  }

  private mutating func planWeight(_ part: Projection, into target: Matrix, at start: Int) {
    // A run of rows is cut so that all workers have a share; rows of fused layers in blocks go in one piece.
    guard part.rows.blocks == 1 else {
      jobs.append(.weight(part.linear, part.rows, into: target, at: start))
      return
    }
    for run in (part.rows.start..<part.rows.start + part.rows.length).pieces(of: 512) {
      let row = start + run.lowerBound - part.rows.start
      jobs.append(.weight(part.linear, RowSelection(run), into: target, at: row))
    }
  }

  private mutating func plan(
    _ change: LinearChange, of part: Projection, _ index: Int, _ columns: Range<Int>, into result: inout WeightChange,
    _ downs: inout [Float]
  ) {
    for lowRank in change.lowRank {
      let first = downs.count / part.linear.inputs
      downs += lowRank.a
      result.ups.append(
        WeightChange.LowRankUp(
          part: index, downRows: first..<first + lowRank.rank,
          up: select(part.rows, of: lowRank.b, width: lowRank.rank),
          scale: Float(lowRank.scale), columns: columns, bias: lowRank.bias.map { select(part.rows, of: $0) }))
    }
    if let dense = change.dense {
      let matrix = Matrix(rows: part.rows.count, columns: part.linear.inputs)
      result.denses.append(WeightChange.Dense(part: index, weight: matrix, columns: columns))
      jobs.append(.change(dense, part.rows, into: matrix))
    }
    if let bias = change.bias {
      result.biases.append(WeightChange.Bias(part: index, values: select(part.rows, of: bias), columns: columns))
    }
  }

  private func select(_ rows: RowSelection, of values: [Float]) -> [Float] {
    rows.runs.flatMap { values[$0] }
  }

  private func select(_ rows: RowSelection, of values: [Float], width: Int) -> Matrix {
    Matrix(
      rows: rows.count, columns: width,
      rows.runs.flatMap { values[$0.lowerBound * width..<$0.upperBound * width] })
  }
}
