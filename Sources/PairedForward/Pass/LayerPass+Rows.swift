import Architectures
import LinearAlgebra

/// The operations that go through a stack row by row.
extension LayerPass {
  /// The norm of the stream and of its deltas, with all that changed projections need. Without a norm: the stream itself.
  func normedStream(_ stack: RowStack, _ norm: PairedNorm?, _ scratch: Scratch, isSplit: Bool) -> LinearInput {
    let stream = activations.stream.view.rows(stack.baseRows)
    let all = scratch.matrix(.input, rows: stack.total, columns: stream.columns)
    guard let norm else {
      stream.copy(into: all.rows(0..<stream.rows))
      for slice in stack.slices {
        guard let memory = runs[slice.run].memory else { continue }
        memory.stream.view.rows(slice.own).copy(into: all.rows(stream.rows..<stack.total).rows(slice.rows))
      }
      return linearInput(all, stack, scratch, isSplit: isSplit)
    }
    for row in 0..<stream.rows { norm.apply(stream[row], count: stream.columns, into: all[row]) }
    for slice in stack.slices {
      let run = runs[slice.run]
      guard let memory = run.memory else { continue }
      let mask = run.masks[nil].other
      for (own, row) in zip(slice.own, slice.rows) {
        norm.applyDelta(
          stream[stack.baseRow[row]], memory.stream.view[own], count: stream.columns, adaptation: run.adaptation,
          mask: mask[own], into: all[stream.rows + row])
      }
    }
    return linearInput(all, stack, scratch, isSplit: isSplit)
  }

  /// A stack of rows with the sums x + dx, and x of every delta row where parts are wanted.
  func linearInput(_ all: MatrixView, _ stack: RowStack, _ scratch: Scratch, isSplit: Bool) -> LinearInput {
    let sum = scratch.matrix(.sum, rows: stack.deltaRows, columns: all.columns)
    for row in 0..<sum.rows {
      let (x, dx, target) = (all[stack.baseRow[row]], all[stack.baseRows.count + row], sum[row])
      var column = 0
      while column < sum.columns {
        write(read(x, column, sum.columns) + read(dx, column, sum.columns), target, column, sum.columns)
        column += 8
      }
    }
    return LinearInput(all: all, sum: sum, base: isSplit ? gatheredBase(all, stack, scratch) : nil)
  }

  /// x of every delta row.
  func gatheredBase(_ all: MatrixView, _ stack: RowStack, _ scratch: Scratch) -> MatrixView {
    let base = scratch.matrix(.gathered, rows: stack.deltaRows, columns: all.columns)
    for row in 0..<base.rows { base[row].update(from: all[stack.baseRow[row]], count: all.columns) }
    return base
  }

  /// The delta of a norm on some columns, in place; `base` holds what goes into the norm.
  func normalizeDelta(
    _ base: MatrixView, _ delta: MatrixView, _ stack: RowStack, _ columns: Range<Int>, _ norm: PairedNorm?
  ) {
    guard let norm else { return }
    for slice in stack.slices {
      let run = runs[slice.run]
      let mask = run.masks[nil].other
      for (own, row) in zip(slice.own, slice.rows) {
        let target = delta[row] + columns.lowerBound
        norm.applyDelta(
          base[stack.baseRow[row]] + columns.lowerBound, target, count: columns.count, adaptation: run.adaptation,
          mask: mask[own], into: target)
      }
    }
  }

  /// activation(gate) × up, or activation(up) without a gate, of base rows; its change on delta rows,
  /// d(a·u) = da·(u + du) + a·du; and the sum of both. `inner` is [gate | up], (rows, 2·width) or (rows, width).
  func activate(
    _ inner: MatrixView, _ stack: RowStack, _ weights: ActivationWeights, into result: MatrixView, _ sum: MatrixView
  ) {
    let width = result.columns
    let isGated = inner.columns > width
    let (activation, clamp) = (weights.activation, weights.clamp)
    let steps = weights.steps(stack, runs)
    let (first, rows) = stack.deltaRowsOfBase
    // What the base's row and its changes under all runs have in common is computed once, for as many columns as stay in
    // the cache.
    let block = 256
    withUnsafeTemporaryAllocation(of: PairedActivation.Point.self, capacity: block / 8) { points in
      for base in 0..<stack.baseRows.count {
        let (source, target) = (inner[base], result[base])
        for start in stride(from: 0, to: width, by: block) {
          let columns = start..<min(start + block, width)
          for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 8) {
            let gate = read(source, column, width)
            let point = activation.point(clamp?.gate(gate) ?? gate)
            points[(column - start) / 8] = point
            var u = isGated ? read(source + width, column, width) : Lanes(repeating: 1)
            if let clamp { u = clamp.up(u) }
            write(point.value * u, target, column, width)
          }
          for row in rows[first[base]..<first[base + 1]] {
            let change = inner[stack.baseRows.count + row]
            let numbers = steps.isEmpty ? nil : steps[row]
            let (delta, changed) = (result[stack.baseRows.count + row], sum[row])
            for column in stride(from: columns.lowerBound, to: columns.upperBound, by: 8) {
              let point = points[(column - start) / 8]
              var dx = read(change, column, width)
              if let clamp { dx = clamp.gateDelta(read(source, column, width), dx) }
              var step =
                numbers?.delta(point.x, dx) ?? activation.delta(point, dx)
              if isGated {
                var (u, du) = (read(source + width, column, width), read(change + width, column, width))
                if let clamp { (u, du) = (clamp.up(u), clamp.upDelta(u, du)) }
                step = step * (u + du) + point.value * du
              }
              write(step, delta, column, width)
              write(read(target, column, width) + step, changed, column, width)
            }
          }
        }
      }
    }
  }
}
