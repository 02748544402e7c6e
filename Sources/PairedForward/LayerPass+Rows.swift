import LinearAlgebra

/// The operations that go through a piece row by row.
extension LayerPass {
  /// The norm of base rows, or the rows themselves without a norm.
  func normed(_ x: MatrixView, _ norm: PairedNorm?, _ scratch: Scratch) -> MatrixView {
    guard let norm else { return x }
    let result = scratch.matrix(.normed, rows: x.rows, columns: x.columns)
    for row in 0..<x.rows { norm.apply(x[row], count: x.columns, into: result[row]) }
    return result
  }

  /// The norm of delta rows with all that a changed projection needs; `normed` holds the norm of the base rows.
  func deltaInput(
    _ x: MatrixView, _ normed: MatrixView, _ dx: MatrixView, _ piece: Batch.Piece, _ norm: PairedNorm?,
    _ scratch: Scratch
  ) -> DeltaInput {
    let masks = Masks(batch, piece.deltaRows)
    var delta = dx
    if let norm {
      delta = scratch.matrix(.normedDelta, rows: dx.rows, columns: dx.columns)
      for (row, mask) in masks.other.enumerated() {
        norm.applyDelta(x[piece.baseRow[row]], dx[row], count: x.columns, mask: mask, into: delta[row])
      }
    }
    let sum = scratch.matrix(.normedSum, rows: dx.rows, columns: dx.columns)
    addRows(normed, delta, piece, into: sum)
    return DeltaInput(delta: delta, sum: sum, masks: masks)
  }

  /// A norm on outputs, deltas first since they need the base as it was; in place.
  func normalize(_ output: MatrixView, _ delta: MatrixView, _ piece: Batch.Piece, _ norm: PairedNorm?) {
    guard let norm else { return }
    if hasDelta { normalizeDelta(output, delta, piece, 0..<output.columns, norm) }
    for row in 0..<output.rows { norm.apply(output[row], count: output.columns, into: output[row]) }
  }

  /// The delta of a norm on some columns, in place; `base` holds what goes into the norm.
  func normalizeDelta(
    _ base: MatrixView, _ delta: MatrixView, _ piece: Batch.Piece, _ columns: Range<Int>, _ norm: PairedNorm?
  ) {
    guard let norm else { return }
    for row in 0..<delta.rows {
      let target = delta[row] + columns.lowerBound
      norm.applyDelta(
        base[piece.baseRow[row]] + columns.lowerBound, target, count: columns.count,
        mask: batch.otherMask[piece.deltaRows.lowerBound + row], into: target)
    }
  }

  /// sum = base + delta on the delta rows.
  func addRows(_ base: MatrixView, _ delta: MatrixView, _ piece: Batch.Piece, into sum: MatrixView) {
    for row in 0..<delta.rows {
      let (x, dx, target) = (base[piece.baseRow[row]], delta[row], sum[row])
      var column = 0
      while column < delta.columns {
        write(
          read(x, column, delta.columns) + read(dx, column, delta.columns), target, column, delta.columns)
        column += 8
      }
    }
  }

  /// activation(gate) × up, or activation(up) without a gate. `inner` is [gate | up], (rows, 2·width) or (rows, width).
  func activate(_ inner: MatrixView, into result: MatrixView) {
    let width = result.columns
    let isGated = inner.columns > width
    let activation = layer.mlp.activation
    for row in 0..<inner.rows {
      let (source, target) = (inner[row], result[row])
      var column = 0
      while column < width {
        var value = activation.value(read(source, column, width))
        if isGated { value *= read(source + width, column, width) }
        write(value, target, column, width)
        column += 8
      }
    }
  }

  /// The change of ``activate(_:into:)`` and the sum of both: d(a·u) = da·(u + du) + a·du.
  func activateDelta(
    _ inner: MatrixView, _ innerDelta: MatrixView, _ piece: Batch.Piece, into delta: MatrixView,
    _ sum: MatrixView
  ) {
    let width = delta.columns
    let isGated = inner.columns > width
    let activation = layer.mlp.activation
    for row in 0..<delta.rows {
      let (base, change) = (inner[piece.baseRow[row]], innerDelta[row])
      let (target, total) = (delta[row], sum[row])
      var column = 0
      while column < width {
        let (a, da) = activation.pair(read(base, column, width), read(change, column, width))
        if isGated {
          let u = read(base + width, column, width)
          let du = read(change + width, column, width)
          let result = da * (u + du) + a * du
          write(result, target, column, width)
          write(a * u + result, total, column, width)
        } else {
          write(da, target, column, width)
          write(a + da, total, column, width)
        }
        column += 8
      }
    }
  }
}
