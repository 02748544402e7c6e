import Architectures
import LinearAlgebra

/// What a layer's queries and keys read of one writer, on the rows of one run in a stack.
struct ReadWriting {
  /// Delta rows of the stack.
  let rows: Range<Int>
  /// Where they are kept, (rows, q + k).
  let values: MatrixView
}

/// Single writers, for runs that leave out of a layer's queries or keys what they wrote.
extension LayerPass {
  /// W·(g ⊙ dw/r′) with the run's own r′, as the projections make it.
  func readNamed(_ stack: RowStack, _ scratch: Scratch) -> [ReadWriting] {
    stack.slices.flatMap { slice -> [ReadWriting] in
      let run = runs[slice.run]
      guard let memory = run.memory, let named = memory.named else { return [] }
      return named.writers.filter(run.readsNamed[index].contains).compactMap { writer in
        guard let source = named.stream(writer), let kept = named.operand(writer) else { return nil }
        let columns = AttentionColumns(layer.attention)
        // Keys that are another layer's it hands on.
        let width = (layer.attention.keysOfLayer == nil ? columns.key : columns.query).upperBound
        let values = kept.view.rows(slice.own).columns(0..<width)
        project(source.view.rows(slice.own), factors[writer] ?? 1, slice, stack, run, memory, into: values, scratch)
        return ReadWriting(rows: slice.rows, values: values)
      }
    }
  }

  private func project(
    _ written: MatrixView, _ factor: Float, _ slice: RowStack.Slice, _ stack: RowStack, _ run: RunState,
    _ memory: RunMemory,
    into values: MatrixView, _ scratch: Scratch
  ) {
    precondition(weights.latent == nil, "what stands before a latent is not split by writers")
    let read = scratch.matrix(.written, 0, rows: written.rows, columns: written.columns)
    written.copy(into: read)
    if factor != 1 { read.scaleRows(by: Array(repeating: factor, count: read.rows)) }
    if let norm = weights.attentionInputNorm {
      let rest = scratch.matrix(.written, 1, rows: 1, columns: written.columns)
      for (index, row) in slice.rows.enumerated() {
        norm.applyWritten(
          activations.stream.view[stack.baseRows.lowerBound + stack.baseRow[row]],
          memory.stream.view[slice.own.lowerBound + index], adaptation: run.adaptation, mask: 0,
          parts: [read[index]], rest: rest[0])
      }
    }
    multiply(read, weights.queryKeyValue.weight.view.rows(0..<values.columns), transposed: true, into: values)
  }
}
