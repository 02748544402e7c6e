import Architectures
import Checkpoints

/// A model's operations on whole prompts, in double precision, with the adaptation switched on token by token.
///
/// An adapted weight is W + m·dW with m the token's mask: a token computes Wx + m·dWx, and nothing is skipped where m
/// is 0.
struct ReferenceModel {
  var model: Model
  var adaptation: Adaptation?
  /// The mask of the low-rank part, one weight a token.
  var lowRankMask: [Double]
  /// The mask of every other change, one weight a token.
  var otherMask: [Double]

  /// Rows of a matrix that are widened at once, so that an output head is never in memory whole.
  private static let chunk = 2048

  /// y = W′x + b′ for the selected rows.
  func apply(_ projection: Projection, to x: Activations) throws(CheckpointError) -> Activations {
    var y = Activations(positions: x.positions, width: projection.rows.count)
    var column = 0
    for run in projection.rows.runs {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: Self.chunk) {
        let rows = start..<min(start + Self.chunk, run.upperBound)
        y.add(try apply(projection.linear, rows: rows, to: x), column: column)
        column += rows.count
      }
    }
    return y
  }

  private func apply(
    _ linear: Linear, rows: Range<Int>, to x: Activations
  ) throws(CheckpointError) -> Activations {
    let selection = RowSelection(rows)
    let weight = try doubles(rows.count * linear.inputs) { target throws(CheckpointError) in
      try model.weight(linear, rows: selection, into: target)
    }
    var y = x.times(weight, outputs: rows.count)
    if let bias = try model.bias(linear, rows: selection) { y.add(bias) }
    guard let change = adaptation?.linears[linear.module] else { return y }
    for part in change.lowRank {
      let a = part.a.map(Double.init)
      let b = part.b[rows.lowerBound * part.rank..<rows.upperBound * part.rank].map(Double.init)
      y.add(
        x.times(a, outputs: part.rank).times(b, outputs: rows.count) * part.scale, mask: lowRankMask)
      if let bias = part.bias { y.add(Array(bias[rows]), mask: lowRankMask) }
    }
    if let dense = change.dense {
      let difference = try doubles(rows.count * linear.inputs) { target throws(CheckpointError) in
        try dense.form(selection, target)
      }
      y.add(x.times(difference, outputs: rows.count), mask: otherMask)
    }
    if let bias = change.bias { y.add(Array(bias[rows]), mask: otherMask) }
    return y
  }

  /// Rows of a table, one for each position.
  func look(up indices: [Int], in table: Embedding) throws(CheckpointError) -> Activations {
    var values: [Double] = []
    let change = adaptation?.embeddings[table.module]
    for (position, index) in indices.enumerated() {
      var row = try doubles(table.columns) { target throws(CheckpointError) in
        try model.row(index, of: table, into: target)
      }
      if let change, change.rows?.contains(index) ?? true {
        let mask = change.isLowRank ? lowRankMask[position] : otherMask[position]
        let difference = try doubles(table.columns) { target throws(CheckpointError) in
          try change.form(index, target)
        }
        for column in row.indices { row[column] += mask * difference[column] }
      }
      values += row
    }
    return Activations(positions: 0..<indices.count, width: table.columns, values: values)
  }

  /// The norm of every group of `width` features of every position; x itself without a norm.
  func normalize(_ x: Activations, _ norm: Norm?) throws(CheckpointError) -> Activations {
    guard let norm else { return x }
    let gain = try model.gain(norm)
    let bias = try model.bias(norm)
    let gainChange = change(of: norm, \.gain)
    let biasChange = change(of: norm, \.bias)
    var y = x
    for (row, position) in x.positions.enumerated() {
      func adapted(_ base: [Float], _ change: [Float], _ feature: Int, default absent: Double) -> Double {
        let value = base.isEmpty ? absent : Double(base[feature % base.count])
        return change.isEmpty ? value : value + otherMask[position] * Double(change[feature % change.count])
      }
      for group in stride(from: 0, to: x.width, by: norm.width) {
        let start = row * x.width + group
        let values = x.values[start..<start + norm.width]
        let mean = norm.kind == .layer ? values.reduce(0, +) / Double(norm.width) : 0
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(norm.width)
        let root = (variance + norm.epsilon).squareRoot()
        for index in 0..<norm.width {
          y.values[start + index] =
            adapted(gain, gainChange, group + index, default: 1) * (x.values[start + index] - mean) / root
            + adapted(bias, biasChange, group + index, default: 0)
        }
      }
    }
    return y
  }

  /// The change of a norm's gain or bias over all its modules; empty where none changes.
  private func change(of norm: Norm, _ part: KeyPath<NormChange, [Float]?>) -> [Float] {
    let changes = norm.modules.map { adaptation?.norms[$0]?[keyPath: part] }
    guard changes.contains(where: { $0 != nil }) else { return [] }
    let length = norm.shape.reduce(1, *)
    return changes.flatMap { $0 ?? [Float](repeating: 0, count: length) }
  }

  /// What a callback writes, widened.
  private func doubles(
    _ count: Int, _ write: (UnsafeMutablePointer<Float>) throws(CheckpointError) -> Void
  ) throws(CheckpointError) -> [Double] {
    let floats = UnsafeMutablePointer<Float>.allocate(capacity: count)
    defer { floats.deallocate() }
    floats.initialize(repeating: 0, count: count)
    try write(floats)
    return UnsafeBufferPointer(start: floats, count: count).map(Double.init)
  }
}
