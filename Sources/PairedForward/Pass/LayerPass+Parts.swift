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
    for part in linear.sites {
      guard let site = part.site else { continue }
      self.show(
        .projection(site), stack, parts.own.columns(part.columns), parts.inherited.columns(part.columns),
        parts.joint.columns(part.columns), show)
    }
  }

  private func show(
    _ place: ProductRows.Place, _ stack: RowStack, _ first: MatrixView, _ second: MatrixView, _ both: MatrixView,
    _ show: (ProductRows) -> Void
  ) {
    for slice in stack.slices where runs[slice.run].origin == nil {
      let run = runs[slice.run]
      show(
        ProductRows(
          layer: index, place: place,
          rows: slice.own.map { own in
            let row = run.rows.batchRow[own]
            return (run.index, batch.spans[batch.spanOfRow[row]].prompt, batch.positions[row])
          }, first: ReadOnlyMatrix(first.rows(slice.rows)), second: ReadOnlyMatrix(second.rows(slice.rows)),
          both: ReadOnlyMatrix(both.rows(slice.rows))))
    }
  }

  /// Shows dG·U, G·dU and dG·dU of act(gate) × up. `inner` is [gate | up].
  func showGate(
    _ inner: MatrixView, _ stack: RowStack, _ width: Int, _ scratch: Scratch, _ show: (ProductRows) -> Void
  ) {
    let parts = self.parts(stack, width, scratch)
    let activation = layer.mlp.activation
    for row in 0..<stack.deltaRows {
      let (base, change) = (inner[stack.baseRow[row]], inner[stack.baseRows.count + row])
      var column = 0
      while column < width {
        let (a, da) = activation.pair(read(base, column, width), read(change, column, width))
        let (u, du) = (read(base + width, column, width), read(change + width, column, width))
        write(da * u, parts.own[row], column, width)
        write(a * du, parts.inherited[row], column, width)
        write(da * du, parts.joint[row], column, width)
        column += 8
      }
    }
    self.show(.gateTimesUp, stack, parts.own, parts.inherited, parts.joint, show)
  }

  /// Carries the parts of dq, dk and dv through norm and rotary embedding and keeps them. `base` holds what goes into the
  /// norms, `delta` its change.
  func keepSources(
    _ parts: LinearParts, _ base: MatrixView, _ delta: MatrixView, _ stack: RowStack, _ columns: AttentionColumns,
    _ scratch: Scratch
  ) {
    let remainder = scratch.matrix(.remainder, rows: stack.deltaRows, columns: columns.total)
    remainder.clear()
    let sources = [parts.own, parts.inherited, parts.joint, remainder]
    for (norm, part) in [(weights.queryNorm, columns.query), (weights.keyNorm, columns.key)] {
      guard let norm else { continue }
      for slice in stack.slices {
        let run = runs[slice.run]
        for (own, row) in zip(slice.own, slice.rows) {
          norm.applySources(
            base[stack.baseRow[row]] + part.lowerBound, delta[row] + part.lowerBound, count: part.count,
            adaptation: run.adaptation, mask: run.masks[nil].other[own],
            sources: sources.map { $0[row] + part.lowerBound })
        }
      }
    }
    let hasNorm = weights.queryNorm != nil || weights.keyNorm != nil
    for (source, matrix) in sources.enumerated() {
      for row in 0..<matrix.rows where hasNorm || source != Source.norm.rawValue {
        turn(matrix[row], stack.baseRows.lowerBound + stack.baseRow[row], columns)
      }
      for slice in stack.slices {
        guard let kept = runs[slice.run].memory?.sources?[source] else { continue }
        matrix.rows(slice.rows).copy(into: kept.view.columns(0..<columns.total).rows(slice.own))
      }
    }
  }
}
