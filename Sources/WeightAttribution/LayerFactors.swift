import Architectures
import Checkpoints
import LinearAlgebra

/// The factors of all heads of a layer: queries, keys and values read the layer's input, outputs write to the stream.
struct LayerFactors: Sendable {
  let query: [HeadFactor]
  let key: [HeadFactor]
  let value: [HeadFactor]
  let output: [HeadFactor]

  /// Reads and decomposes a layer, head by head.
  /// - Parameter keyGain: The gain before keys and values.
  init(
    _ attention: AttentionDescription, layer: Int, reader: WeightReader, gain: FoldedGain?,
    keyGain: FoldedGain?, workers: Workers
  ) throws(WeightAttributionError) {
    let width = attention.headDimension
    let input = InputFactors(reader: reader, width: width, gain: gain)
    let keyInput = InputFactors(reader: reader, width: width, gain: keyGain)
    let output = try OutputFactors(attention.output, reader: reader, width: width, workers: workers)
    let (queries, keys) = (attention.queryHeads, attention.keyValueHeads)
    // One list of tasks for all four, so that no worker waits between them.
    let factors = try workers.map(2 * (queries + keys)) { task throws(WeightAttributionError) in
      let rows: FactorRows
      switch task {
      case 0..<queries: rows = try input.rows(attention.query, head: task)
      case queries..<2 * queries: rows = output.rows(head: task - queries)
      case 2 * queries..<2 * queries + keys: rows = try keyInput.rows(attention.key, head: task - 2 * queries)
      default: rows = try keyInput.rows(attention.value, head: task - 2 * queries - keys)
      }
      guard let factor = HeadFactor(rows) else {
        throw .decomposition(place: "the attention weights of layer \(layer)")
      }
      return factor
    }
    query = Array(factors[0..<queries])
    self.output = Array(factors[queries..<2 * queries])
    key = Array(factors[2 * queries..<2 * queries + keys])
    value = Array(factors[(2 * queries + keys)...])
  }
}

/// The gain of a layer's input norm and its change.
struct FoldedGain: Sendable {
  let gain: [Double]
  /// Nil where it stays.
  let change: [Double]?

  /// The gain of a norm; nil without one.
  init?(_ norm: Norm?, reader: WeightReader) throws(WeightAttributionError) {
    guard let norm, !norm.modules.isEmpty else { return nil }
    gain = try reading { () throws(CheckpointError) in try reader.model.gain(norm) }.map(Double.init)
    // A layer's input norm has one module.
    change = norm.modules.first.flatMap { reader.adaptation.norms[$0]?.gain }?.map(Double.init)
  }

  /// The gain of the adapted model.
  var adapted: [Double] { change.map { zip(gain, $0).map { $0 + $1 } } ?? gain }
}

/// Heads of projections whose rows are the heads'.
private struct InputFactors: Sendable {
  let reader: WeightReader
  let width: Int
  let gain: FoldedGain?

  func rows(_ projection: Projection, head: Int) throws(WeightAttributionError) -> FactorRows {
    let linear = projection.linear
    let rows = projection.rows(ofHead: head, width: width)
    let weight = try reader.weight(linear, rows)
    var result = FactorRows(weight: scaled(weight, gain?.gain), width: width, length: linear.inputs)
    // W′g′ − Wg = W·dg + dW·g′.
    if let change = gain?.change { result.add(dense: scaled(weight, change)) }
    let adapted = gain?.adapted
    for part in reader.lowRank(linear) {
      for inner in 0..<part.rank {
        result.add(
          part.scaledColumn(inner, rows: rows), times: scaled(part.row(inner, 0..<linear.inputs), adapted))
      }
    }
    if let dense = try reader.dense(linear, rows) { result.add(dense: scaled(dense, adapted)) }
    return result
  }

  /// Rows times a gain, element by element.
  private func scaled(_ rows: [Double], _ gain: [Double]?) -> [Double] {
    guard let gain else { return rows }
    return rows.indices.map { rows[$0] * gain[$0 % gain.count] }
  }
}

/// Heads of the output projection, whose columns are the heads'; a factor holds the transposed slice.
private struct OutputFactors: Sendable {
  let linear: Linear
  let width: Int
  let weight: Matrix
  let dense: Matrix?
  let lowRank: [LowRank]

  init(
    _ linear: Linear, reader: WeightReader, width: Int, workers: Workers
  ) throws(WeightAttributionError) {
    self.linear = linear
    self.width = width
    let model = reader.model
    weight = try Matrix.formed(linear, RowSelection(0..<linear.outputs), workers) {
      rows, target throws(CheckpointError) in
      try model.weight(linear, rows: rows, into: target)
    }
    if let change = reader.adaptation.linears[linear.module]?.dense {
      dense = try Matrix.formed(linear, RowSelection(0..<linear.outputs), workers, change.form)
    } else {
      dense = nil
    }
    lowRank = reader.lowRank(linear)
  }

  func rows(head: Int) -> FactorRows {
    let columns = head * width..<(head + 1) * width
    var result = FactorRows(weight: turned(weight, columns), width: width, length: linear.outputs)
    for part in lowRank {
      for inner in 0..<part.rank {
        result.add(
          part.row(inner, columns), times: part.scaledColumn(inner, rows: RowSelection(0..<linear.outputs)))
      }
    }
    if let dense { result.add(dense: turned(dense, columns)) }
    return result
  }

  /// Some columns as rows.
  private func turned(_ matrix: Matrix, _ columns: Range<Int>) -> [Double] {
    var result = [Double](repeating: 0, count: columns.count * matrix.rows)
    for row in 0..<matrix.rows {
      let source = matrix.view[row]
      for column in columns { result[(column - columns.lowerBound) * matrix.rows + row] = Double(source[column]) }
    }
    return result
  }
}

extension Matrix {
  /// Rows of a weight or of its change in single precision, formed in pieces on all workers.
  static func formed(
    _ linear: Linear, _ rows: RowSelection, _ workers: Workers,
    _ form: @Sendable (RowSelection, UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  ) throws(WeightAttributionError) -> Matrix {
    let result = Matrix(rows: rows.count, columns: linear.inputs)
    var pieces: [(rows: RowSelection, at: Int)] = []
    var start = 0
    for run in rows.runs {
      for piece in run.pieces(of: 512) {
        pieces.append((RowSelection(piece), start))
        start += piece.count
      }
    }
    let jobs = pieces
    try workers.forEach(jobs.count) { job, _ throws(WeightAttributionError) in
      try reading { () throws(CheckpointError) in
        try form(jobs[job].rows, result.elements + jobs[job].at * linear.inputs)
      }
    }
    return result
  }
}
