import LinearAlgebra

/// The parts of projections, for those who ask for them.
extension LayerPass {
  /// Memory for the parts of a projection.
  func parts(_ stack: RowStack, _ width: Int, _ scratch: Scratch) -> LinearParts {
    LinearParts(
      own: scratch.matrix(.own, rows: stack.deltaRows, columns: width),
      inherited: scratch.matrix(.inherited, rows: stack.deltaRows, columns: width),
      joint: scratch.matrix(.joint, rows: stack.deltaRows, columns: width))
  }

  /// Shows the parts of stacked projections, a site at a time; rows of forks are left out.
  func show(_ parts: LinearParts, _ stack: RowStack, _ linear: PairedLinear, _ show: (ProductRows) -> Void) {
    for (place, part) in zip(linear.places, linear.sites) {
      guard let place else { continue }
      self.show(
        place, stack, parts.own.columns(part.columns), parts.inherited.columns(part.columns),
        parts.joint.columns(part.columns), show)
    }
  }

  func show(
    _ place: ProductRows.Place, _ stack: RowStack, _ first: MatrixView, _ second: MatrixView, _ both: MatrixView,
    _ show: (ProductRows) -> Void
  ) {
    for slice in stack.slices where runs[slice.run].origin == nil {
      show(
        ProductRows(
          layer: index, place: place, rows: tokens(slice), first: ReadOnlyMatrix(first.rows(slice.rows)),
          second: ReadOnlyMatrix(second.rows(slice.rows)),
          both: ReadOnlyMatrix(both.rows(slice.rows))))
    }
  }

  /// Run, prompt and position of a slice's rows.
  func tokens(_ slice: RowStack.Slice) -> [(run: Int, prompt: Int, position: Int)] {
    let run = runs[slice.run]
    return slice.own.map { own in
      let row = run.rows.batchRow[own]
      return (run.index, batch.spans[batch.spanOfRow[row]].prompt, batch.positions[row])
    }
  }

  /// Shows dG·U, G·dU and dG·dU of act(gate) × up. `inner` is [gate | up].
  func showGate(
    _ inner: MatrixView, _ stack: RowStack, _ width: Int, _ weights: ActivationWeights, _ scratch: Scratch,
    _ show: (ProductRows) -> Void
  ) {
    let parts = self.parts(stack, width, scratch)
    let (activation, clamp) = (weights.activation, weights.clamp)
    for row in 0..<stack.deltaRows {
      let (base, change) = (inner[stack.baseRow[row]], inner[stack.baseRows.count + row])
      var column = 0
      while column < width {
        var (x, dx) = (read(base, column, width), read(change, column, width))
        var (u, du) = (read(base + width, column, width), read(change + width, column, width))
        if let clamp {
          (x, dx) = (clamp.gate(x), clamp.gateDelta(x, dx))
          (u, du) = (clamp.up(u), clamp.upDelta(u, du))
        }
        let (a, da) = activation.pair(x, dx)
        write(da * u, parts.own[row], column, width)
        write(a * du, parts.inherited[row], column, width)
        write(da * du, parts.joint[row], column, width)
        column += 8
      }
    }
    self.show(.gateTimesUp, stack, parts.own, parts.inherited, parts.joint, show)
  }
}
