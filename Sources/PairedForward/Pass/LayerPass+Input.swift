import Architectures
import LinearAlgebra

/// What tokens themselves give a layer, beside what comes of the embedded stream.
struct GivenTokens: Sendable {
  /// T[token], (batch rows, width).
  let base: Matrix
  /// By run of the layer, m·dT[token], (the run's rows, width); nil where the table does not change.
  let changes: [Matrix?]
}

/// What is done to the stream behind both halves of a layer.
extension LayerPass {
  /// (h + N(P·(a(G·h) × u)))·c, with its change.
  func leave(_ stack: RowStack, _ scratch: Scratch) {
    if let own = weights.input, let given {
      // Like a gated MLP, but that what stands for up is given.
      let width = own.description.width
      let inner = scratch.matrix(.projected, rows: stack.total, columns: 2 * width)
      self.given(own, given, stack, scratch).copy(into: inner.columns(width..<2 * width))
      apply(own.gate, normedStream(stack, nil, scratch, isSplit: false), stack, .shared, scratch)
        .copy(into: inner.columns(0..<width))
      let product = scratch.matrix(.activated, rows: stack.total, columns: width)
      let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: width)
      activate(inner, stack, own.activation, into: product, sum)
      let output = apply(own.output, LinearInput(all: product, sum: sum), stack, .fed, scratch)
      normalize(output, stack, own.outputNorm)
      addToStream(output, stack, .input)
    }
    if let scale = weights.scale { multiply(stack, by: scale, scratch) }
  }

  /// u and du, (base rows + delta rows, width).
  private func given(_ own: InputWeights, _ tokens: GivenTokens, _ stack: RowStack, _ scratch: Scratch) -> MatrixView {
    let count = stack.baseRows.count
    let all = scratch.matrix(.input, rows: stack.total, columns: own.projection.inputs)
    activations.embedded?.view.rows(stack.baseRows).copy(into: all.rows(0..<count))
    for slice in stack.slices {
      guard let embedded = runs[slice.run].memory?.embedded else { continue }
      embedded.view.rows(slice.own).copy(into: all.rows(count..<stack.total).rows(slice.rows))
    }
    let result = apply(own.projection, linearInput(all, stack, scratch, isSplit: false), stack, .activated, scratch)
    result.scaleRows(by: Array(repeating: Float(own.description.projectionScale), count: stack.total))
    normalize(result, stack, own.norm)
    let scale = own.description.tokenScale
    result.rows(0..<count).add(tokens.base.view.rows(stack.baseRows), scaledBy: scale)
    for slice in stack.slices {
      guard let change = tokens.changes[slice.run] else { continue }
      result.rows(count..<stack.total).rows(slice.rows).add(change.view.rows(slice.own), scaledBy: scale)
    }
    result.scaleRows(by: Array(repeating: Float(own.description.factor), count: stack.total))
    return result
  }

  /// Changes first, since they follow from the base as it was. What a changed factor adds, dc·(x + dx), is written by it.
  private func multiply(_ stack: RowStack, by scale: ScaleWeight, _ scratch: Scratch) {
    let stream = activations.stream.view.rows(stack.baseRows)
    for slice in stack.slices {
      let run = runs[slice.run]
      guard let memory = run.memory else { continue }
      let (change, mask) = (scale.changes[run.adaptation], run.masks[nil].other)
      let added = scratch.matrix(.written, rows: slice.rows.count, columns: stream.columns)
      for (own, row) in zip(slice.own, slice.rows) {
        let (x, dx, step) = (stream[stack.baseRow[row]], memory.stream.view[own], change * mask[own])
        let target = added[row - slice.rows.lowerBound]
        for column in 0..<stream.columns {
          target[column] = step == 0 ? 0 : step * (x[column] + dx[column])
          dx[column] = scale.value * dx[column] + target[column]
        }
      }
      keep(added, slice, memory, .scale, scaledBy: 1)
    }
    stream.scaleRows(by: Array(repeating: scale.value, count: stream.rows))
  }
}
