import Architectures
import LinearAlgebra

/// What one batch does in one layer, but for the attention itself: rows go through norms and projections piece by
/// piece, each piece a task of its own.
struct LayerPass: Sendable {
  let layer: LayerDescription
  let weights: LayerWeights
  let batch: Batch
  let activations: Activations
  /// Whether anything can differ from the base in this layer; if not, delta rows stay zero untouched.
  let hasDelta: Bool
  /// Per span, the rotary turns of its length; nil where the layer has none.
  let turns: [RotaryTurns]?

  /// x → q, k, v with their deltas, as the attention kernel receives them.
  func project(_ piece: Batch.Piece, _ scratch: Scratch) {
    let columns = AttentionColumns(layer.attention)
    let base = activations.queryKeyValue.view.columns(0..<columns.total).rows(piece.rows)
    let x = activations.stream.view.rows(piece.rows)
    let normed = normed(x, weights.attentionInputNorm, scratch)
    weights.queryKeyValue.apply(normed, into: base)
    if hasDelta {
      let delta = activations.queryKeyValueDelta.view.columns(0..<columns.total).rows(piece.deltaRows)
      let dx = activations.streamDelta.view.rows(piece.deltaRows)
      let input = deltaInput(x, normed, dx, piece, weights.attentionInputNorm, scratch)
      weights.queryKeyValue.applyDelta(input, into: delta, scratch)
      normalizeDelta(base, delta, piece, columns.query, weights.queryNorm)
      normalizeDelta(base, delta, piece, columns.key, weights.keyNorm)
      for row in 0..<delta.rows { turn(delta[row], piece.rows.lowerBound + piece.baseRow[row], columns) }
    }
    for row in 0..<base.rows {
      weights.queryNorm?.apply(base[row], count: columns.query.count, into: base[row])
      let keys = base[row] + columns.key.lowerBound
      weights.keyNorm?.apply(keys, count: columns.key.count, into: keys)
      turn(base[row], piece.rows.lowerBound + row, columns)
    }
  }

  /// z → the stream after the layer.
  func finish(_ piece: Batch.Piece, _ scratch: Scratch) {
    if layer.isParallel {
      // Both halves read the stream that entered, so the MLP goes first into memory of its own.
      attend(piece, scratch) { feed(piece, scratch) }
    } else {
      attend(piece, scratch) {}
      feed(piece, scratch)
    }
  }

  /// Adds the attention's output to the stream; `before` runs after the output is computed and before it is added.
  private func attend(_ piece: Batch.Piece, _ scratch: Scratch, before: () -> Void) {
    let columns = 0..<weights.output.inputs
    let z = activations.heads.view.columns(columns).rows(piece.rows)
    let (output, outputDelta) = outputs(.attendedOutput, piece, scratch)
    weights.output.apply(z, into: output)
    if hasDelta {
      let dz = activations.headsDelta.view.columns(columns).rows(piece.deltaRows)
      let sum = scratch.matrix(.normedSum, rows: dz.rows, columns: dz.columns)
      addRows(z, dz, piece, into: sum)
      let input = DeltaInput(delta: dz, sum: sum, masks: Masks(batch, piece.deltaRows))
      weights.output.applyDelta(input, into: outputDelta, scratch)
    }
    normalize(output, outputDelta, piece, weights.attentionOutputNorm)
    before()
    addToStream(output, outputDelta, piece)
  }

  /// Adds the MLP's output to the stream.
  private func feed(_ piece: Batch.Piece, _ scratch: Scratch) {
    let x = activations.stream.view.rows(piece.rows)
    let normed = normed(x, weights.mlpInputNorm, scratch)
    let inner = scratch.matrix(.projected, rows: x.rows, columns: weights.inner.outputs)
    weights.inner.apply(normed, into: inner)
    let width = weights.down.inputs
    let activated = scratch.matrix(.activated, rows: x.rows, columns: width)
    let (output, outputDelta) = outputs(.fedOutput, piece, scratch)
    if hasDelta {
      let dx = activations.streamDelta.view.rows(piece.deltaRows)
      let input = deltaInput(x, normed, dx, piece, weights.mlpInputNorm, scratch)
      let innerDelta = scratch.matrix(.projectedDelta, rows: dx.rows, columns: weights.inner.outputs)
      weights.inner.applyDelta(input, into: innerDelta, scratch)
      let delta = scratch.matrix(.activatedDelta, rows: dx.rows, columns: width)
      let sum = scratch.matrix(.activatedSum, rows: dx.rows, columns: width)
      activateDelta(inner, innerDelta, piece, into: delta, sum)
      let changed = DeltaInput(delta: delta, sum: sum, masks: Masks(batch, piece.deltaRows))
      weights.down.applyDelta(changed, into: outputDelta, scratch)
    }
    activate(inner, into: activated)
    weights.down.apply(activated, into: output)
    normalize(output, outputDelta, piece, weights.mlpOutputNorm)
    addToStream(output, outputDelta, piece)
  }

  private func outputs(
    _ half: OutputHalf, _ piece: Batch.Piece, _ scratch: Scratch
  ) -> (base: MatrixView, delta: MatrixView) {
    let hidden = activations.stream.columns
    let purposes: (Scratch.Purpose, Scratch.Purpose) =
      half == .attendedOutput ? (.attended, .attendedDelta) : (.output, .outputDelta)
    return (
      scratch.matrix(purposes.0, rows: piece.rows.count, columns: hidden),
      scratch.matrix(purposes.1, rows: piece.deltaRows.count, columns: hidden)
    )
  }

  private enum OutputHalf { case attendedOutput, fedOutput }

  private func addToStream(_ output: MatrixView, _ outputDelta: MatrixView, _ piece: Batch.Piece) {
    let factor = layer.residualMultiplier
    activations.stream.view.rows(piece.rows).add(output, scaledBy: factor)
    if hasDelta { activations.streamDelta.view.rows(piece.deltaRows).add(outputDelta, scaledBy: factor) }
  }

  private func turn(_ row: UnsafeMutablePointer<Float>, _ baseRow: Int, _ columns: AttentionColumns) {
    guard let turns else { return }
    let attention = layer.attention
    let position = batch.positions[baseRow]
    let own = turns[batch.spanOfRow[baseRow]]
    own.apply(row, heads: attention.queryHeads, headDimension: attention.headDimension, position: position)
    own.apply(
      row + columns.key.lowerBound, heads: attention.keyValueHeads, headDimension: attention.headDimension,
      position: position)
  }
}
