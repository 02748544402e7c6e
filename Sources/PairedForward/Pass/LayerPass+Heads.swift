import Architectures
import LinearAlgebra

/// Heads as writers.
extension LayerPass {
  /// Keeps what every head writes, W_O,h·dz + dW_O,h·z′, through the norm behind the attention, and for the attention what belongs to
  /// no head: the change of a bias, and what the norm itself adds.
  /// - Parameters:
  ///   - output: What the output projection makes, before a norm.
  ///   - input: What it reads.
  func keepHeads(_ output: MatrixView, reading input: LinearInput, _ stack: RowStack, _ scratch: Scratch) {
    let slices = stack.slices.filter { runs[$0.run].memory?.written?.byHead ?? false }
    guard !slices.isEmpty else { return }
    let part = scratch.matrix(.written, 0, rows: stack.deltaRows, columns: output.columns)
    let width = layer.attention.headDimension
    for head in 0..<layer.attention.queryHeads {
      let columns = head * width..<(head + 1) * width
      multiply(
        input.delta.columns(columns), weights.output.weight.view.columns(columns), transposed: true, into: part)
      for group in stack.groups {
        weights.output.changes[group.adaptation].add(
          input.sum.rows(group.rows), columns, weights.output.sites.map { stack.mask($0.site, group.rows) },
          to: part.rows(group.rows), scratch)
      }
      for slice in slices { keep(part, slice, head: head, output, stack, scratch) }
    }
    part.clear()
    weights.output.addBiasChanges(stack, to: part)
    for slice in slices { keep(part, slice, head: nil, output, stack, scratch) }
  }

  private func keep(
    _ part: MatrixView, _ slice: RowStack.Slice, head: Int?, _ output: MatrixView, _ stack: RowStack, _ scratch: Scratch
  ) {
    let run = runs[slice.run]
    guard let written = run.memory?.written else { return }
    for (own, row) in zip(slice.own, slice.rows) {
      let token = written.token(own)
      let target = token[written.before[index] + (head.map { $0 + 1 } ?? 0)]
      target.update(from: part[row], count: part.columns)
      if let norm = weights.attentionOutputNorm {
        let rest = scratch.matrix(.written, 1, rows: 1, columns: part.columns)[0]
        norm.applyWritten(
          output[stack.baseRow[row]], output[stack.baseRows.count + row], adaptation: run.adaptation,
          mask: run.masks[nil].other[own], parts: [target], rest: rest)
        if head == nil { for column in 0..<part.columns { target[column] += rest[column] } }
      }
      if layer.residualMultiplier != 1 { for column in 0..<part.columns { target[column] *= layer.residualMultiplier } }
    }
  }
}

extension WeightChange {
  /// Adds m·dW·x of some of the columns that it reads, with masks by stacked projection; `x` has all of them.
  func add(_ x: MatrixView, _ columns: Range<Int>, _ masks: [TokenMask], to dy: MatrixView, _ scratch: Scratch) {
    if let downs {
      let inner = scratch.matrix(.lowRank, rows: dy.rows, columns: downs.rows)
      multiply(x.columns(columns), downs.view.columns(columns), transposed: true, into: inner)
      for part in ups {
        let own = inner.columns(part.downRows)
        own.scaleRows(by: masks[part.part].lowRank)
        multiply(own, part.up.view, transposed: true, into: dy.columns(part.columns), alpha: part.scale, beta: 1)
      }
    }
    for dense in denses {
      let masked = scratch.matrix(.masked, rows: dy.rows, columns: columns.count)
      x.columns(columns).copy(into: masked)
      masked.scaleRows(by: masks[dense.part].other)
      multiply(
        masked, dense.weight.view.columns(columns), transposed: true, into: dy.columns(dense.columns), beta: 1)
    }
  }
}
