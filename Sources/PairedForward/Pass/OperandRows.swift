import LinearAlgebra
import Vocabulary

/// Queries, keys and values of a stack on their way from the projections to the attention kernel: base rows, their changes and,
/// where they are kept, the changes' sources, which sum to them.
struct OperandRows {
  let base: MatrixView
  let delta: MatrixView
  /// A matrix for each ``Source``.
  let sources: [MatrixView]?
  /// What some rows read of single writers, (rows, q + k).
  let written: [ReadWriting]
  let stack: RowStack
  let columns: AttentionColumns
  let pass: LayerPass

  /// Takes all of them through norms, clip, rotary embedding and the queries' factor, in place. In every step sources come
  /// first and base rows last, since changes follow from the base as it was.
  func carry() {
    let attention = pass.layer.attention
    if let norm = pass.weights.valueNorm { normalize(norm, columns.value) }
    if !attention.normsAfterRotary { normalize() }
    if let bound = attention.clip { clip(Float(bound)) }
    turn()
    if attention.normsAfterRotary { normalize() }
    if let scale = attention.queryScale {
      scaleQueries { Float(scale.factor(at: $0)) }
    }
  }

  private func normalize() {
    for (norm, part) in [(pass.weights.queryNorm, columns.query), (pass.weights.keyNorm, columns.key)] {
      if let norm { normalize(norm, part) }
    }
  }

  /// Whether rows hold keys and values, which may be another layer's.
  private var hasKeys: Bool { base.columns > columns.query.upperBound }

  /// Takes some columns through a norm.
  func normalize(_ norm: PairedNorm, _ part: Range<Int>) {
    keepInverse(norm, part)
    normalizeSources(norm, part)
    normalizeWritten(norm, part)
    pass.normalizeDelta(base, delta, stack, part, norm)
    for row in 0..<base.rows {
      let target = base[row] + part.lowerBound
      norm.apply(target, count: part.count, into: target)
    }
  }

  private func normalizeSources(_ norm: PairedNorm, _ part: Range<Int>) {
    guard let sources else { return }
    for slice in stack.slices {
      let run = pass.runs[slice.run]
      for (own, row) in zip(slice.own, slice.rows) {
        norm.applySources(
          base[stack.baseRow[row]] + part.lowerBound, delta[row] + part.lowerBound, count: part.count,
          adaptation: run.adaptation, mask: run.masks[nil].other[own],
          sources: sources.map { $0[row] + part.lowerBound })
      }
    }
  }

  private func normalizeWritten(_ norm: PairedNorm, _ part: Range<Int>) {
    // Values are not read of single writers.
    guard part.upperBound <= columns.key.upperBound else { return }
    forEachWritten { values, row in
      norm.carry(
        values + part.lowerBound, base[stack.baseRow[row]] + part.lowerBound, delta[row] + part.lowerBound,
        count: part.count)
    }
  }

  /// What is read of single writers, row by row, with the delta row that it belongs to.
  private func forEachWritten(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
    for own in written {
      for (index, row) in own.rows.enumerated() { body(own.values[index], row) }
    }
  }

  /// Keeps all within ±bound; a source goes by the same secant as the whole change.
  private func clip(_ bound: Float) {
    keepSecants(bound)
    let width = columns.key.upperBound
    forEachWritten { values, row in
      let (x, dx) = (base[stack.baseRow[row]], delta[row])
      for column in stride(from: 0, to: width, by: 8) {
        let secant = clipSecant(read(x, column, width), read(dx, column, width), bound)
        write(read(values, column, width) * secant, values, column, width)
      }
    }
    for row in 0..<delta.rows {
      let (x, dx) = (base[stack.baseRow[row]], delta[row])
      for column in stride(from: 0, to: base.columns, by: 8) {
        let (value, change) = (read(x, column, base.columns), read(dx, column, base.columns))
        for source in sources ?? [] {
          let part = read(source[row], column, base.columns)
          write(part * clipSecant(value, change, bound), source[row], column, base.columns)
        }
        write(clipDelta(value, change, bound), dx, column, base.columns)
      }
    }
    for row in 0..<base.rows {
      for column in stride(from: 0, to: base.columns, by: 8) {
        write(clipped(read(base[row], column, base.columns), bound), base[row], column, base.columns)
      }
    }
  }

  private func turn() {
    // Without a norm before it nothing has come into that source.
    let hasRemainder =
      pass.weights.latent != nil
      || !pass.layer.attention.normsAfterRotary && (pass.weights.queryNorm != nil || pass.weights.keyNorm != nil)
    for (source, matrix) in (sources ?? []).enumerated() where hasRemainder || source != Source.norm.rawValue {
      for row in 0..<matrix.rows { turn(matrix[row], batchRow(ofDelta: row)) }
    }
    forEachWritten { values, row in turn(values, batchRow(ofDelta: row)) }
    for row in 0..<delta.rows { turn(delta[row], batchRow(ofDelta: row)) }
    for row in 0..<base.rows { turn(base[row], stack.baseRows.lowerBound + row) }
  }

  private func batchRow(ofDelta row: Int) -> Int { stack.baseRows.lowerBound + stack.baseRow[row] }

  /// Rotary embedding of queries and keys.
  private func turn(_ row: UnsafeMutablePointer<Float>, _ batchRow: Int) {
    guard let turns = pass.turns else { return }
    let attention = pass.layer.attention
    let position = pass.batch.positionIndices[batchRow]
    let own = turns[pass.batch.spanOfRow[batchRow]]
    own.apply(row, heads: attention.queryHeads, headDimension: attention.headDimension, position: position)
    guard hasKeys else { return }
    own.apply(
      row + columns.key.lowerBound, heads: attention.keyValueHeads, headDimension: attention.headDimension,
      position: position)
  }

  private func scaleQueries(by factor: (Int) -> Float) {
    for matrix in (sources ?? []) + [delta] {
      for row in 0..<matrix.rows { scale(matrix[row], batchRow(ofDelta: row), factor) }
    }
    forEachWritten { values, row in scale(values, batchRow(ofDelta: row), factor) }
    for row in 0..<base.rows { scale(base[row], stack.baseRows.lowerBound + row, factor) }
  }

  private func scale(_ row: UnsafeMutablePointer<Float>, _ batchRow: Int, _ factor: (Int) -> Float) {
    let factor = factor(pass.batch.positionID(batchRow))
    for column in columns.query { row[column] *= factor }
  }
}
