import Architectures
import Checkpoints
import LinearAlgebra

/// Gathers what has to be widened, and does it in one go on all workers.
struct Widening {
  private var jobs: [Job] = []
  let model: Model
  let adaptation: Adaptation

  /// A matrix, or rows of one, to fill.
  private enum Job {
    case weight(Linear, RowSelection, into: Matrix, at: Int)
    case change(DenseChange, RowSelection, into: Matrix)
  }

  init(model: Model, adaptation: Adaptation) {
    self.model = model
    self.adaptation = adaptation
  }

  /// Plans a stack of projections that read the same input. Its matrices are filled by ``run(on:)``.
  mutating func plan(_ parts: [Projection]) throws(CheckpointError) -> PairedLinear {
    let inputs = parts[0].linear.inputs
    let outputs = parts.reduce(0) { $0 + $1.rows.count }
    var result = PairedLinear(weight: Matrix(rows: outputs, columns: inputs))
    var downs = LowRankStack()
    var start = 0
    for part in parts {
      let columns = start..<start + part.rows.count
      planWeight(part, into: result.weight, at: start)
      if let bias = try model.bias(part.linear, rows: part.rows) {
        result.bias = result.bias ?? Array(repeating: 0, count: outputs)
        result.bias?.replaceSubrange(columns, with: bias)
      }
      if let change = adaptation.linears[part.linear.module] {
        plan(change, of: part, columns: columns, outputs: outputs, into: &result, &downs)
      }
      start += part.rows.count
    }
    result.downs = downs.matrix(inputs: inputs)
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
    _ change: LinearChange, of part: Projection, columns: Range<Int>, outputs: Int,
    into result: inout PairedLinear, _ downs: inout LowRankStack
  ) {
    for (index, lowRank) in change.lowRank.enumerated() {
      let rows = downs.rows(of: lowRank, key: "\(part.linear.module) \(index)")
      result.ups.append(
        PairedLinear.LowRankUp(
          downRows: rows, up: select(part.rows, of: lowRank.b, width: lowRank.rank),
          scale: Float(lowRank.scale), columns: columns,
          bias: lowRank.bias.map { select(part.rows, of: $0) }))
    }
    if let dense = change.dense {
      let matrix = Matrix(rows: part.rows.count, columns: part.linear.inputs)
      result.denses.append((matrix, columns))
      jobs.append(.change(dense, part.rows, into: matrix))
    }
    if let bias = change.bias {
      result.biasDelta = result.biasDelta ?? Array(repeating: 0, count: outputs)
      result.biasDelta?.replaceSubrange(columns, with: select(part.rows, of: bias))
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

/// The A matrices of several low-rank parts, one under the other; parts of one fused layer share theirs.
private struct LowRankStack {
  private var values: [Float] = []
  private var count = 0
  private var known: [String: Range<Int>] = [:]

  mutating func rows(of part: LowRank, key: String) -> Range<Int> {
    if let rows = known[key] { return rows }
    let rows = count..<count + part.rank
    known[key] = rows
    values += part.a
    count += part.rank
    return rows
  }

  func matrix(inputs: Int) -> Matrix? {
    count == 0 ? nil : Matrix(rows: count, columns: inputs, values)
  }
}

/// The weights of one layer, widened to single precision, with their changes. They live as long as a batch of tokens
/// passes through the layer.
struct LayerWeights: Sendable {
  var attentionInputNorm: PairedNorm?
  var queryKeyValue: PairedLinear
  var queryNorm: PairedNorm?
  var keyNorm: PairedNorm?
  var output: PairedLinear
  var attentionOutputNorm: PairedNorm?
  var mlpInputNorm: PairedNorm?
  /// Gate (if any) and up projection, stacked.
  var inner: PairedLinear
  var down: PairedLinear
  var mlpOutputNorm: PairedNorm?

  /// Widens a layer.
  init(
    _ layer: LayerDescription, model: Model, adaptation: Adaptation, workers: Workers
  ) throws(CheckpointError) {
    func norm(_ norm: Norm?) throws(CheckpointError) -> PairedNorm? {
      guard let norm else { return nil }
      return try PairedNorm(norm, model: model, adaptation: adaptation)
    }
    var widening = Widening(model: model, adaptation: adaptation)
    let attention = layer.attention
    attentionInputNorm = try norm(layer.attentionInputNorm)
    queryKeyValue = try widening.plan([attention.query, attention.key, attention.value])
    queryNorm = try norm(attention.queryNorm)
    keyNorm = try norm(attention.keyNorm)
    output = try widening.plan([Projection(attention.output)])
    attentionOutputNorm = try norm(layer.attentionOutputNorm)
    mlpInputNorm = try norm(layer.mlpInputNorm)
    inner = try widening.plan((layer.mlp.gate.map { [$0] } ?? []) + [layer.mlp.up])
    down = try widening.plan([Projection(layer.mlp.down)])
    mlpOutputNorm = try norm(layer.mlpOutputNorm)
    try widening.run(on: workers)
  }
}
