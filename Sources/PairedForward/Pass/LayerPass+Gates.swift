import LinearAlgebra

/// Gates on an attention's output.
extension LayerPass {
  /// Takes heads through the gates of an attention's output in place, σ(g) ⊙ z: dG ⊙ (z + dz) + G ⊙ dz.
  func gate(_ heads: MatrixView, _ stack: RowStack, _ scratch: Scratch, show: (ProductRows) -> Void) {
    let (columns, width) = (AttentionColumns(layer.attention).gate, heads.columns)
    guard !columns.isEmpty else { return }
    let parts = showsProducts ? self.parts(stack, width, scratch) : nil
    for slice in stack.slices {
      guard let memory = runs[slice.run].memory else { continue }
      for (own, row) in zip(slice.own, slice.rows) {
        let base = stack.baseRow[row]
        let g = activations.queryKeyValue.view[stack.baseRows.lowerBound + base] + columns.lowerBound
        let dg = memory.queryKeyValue.view[own] + columns.lowerBound
        let (z, dz) = (heads[base], heads[stack.baseRows.count + row])
        let written = memory.written?.attention.flatMap {
          $0.places[own] == nil ? nil : $0.mixed(own..<own + 1, 0..<width)
        }
        for column in 0..<width {
          let (value, step) = PairedSigmoid.pair(g[column], dg[column])
          if let written {
            for part in written.dropLast() { part[0][column] *= value }
            written[written.count - 1][0][column] = step * (z[column] + dz[column])
          }
          if let parts {
            parts.own[row][column] = step * z[column]
            parts.inherited[row][column] = value * dz[column]
            parts.joint[row][column] = step * dz[column]
          }
          dz[column] = step * (z[column] + dz[column]) + value * dz[column]
        }
      }
    }
    if let parts { self.show(.gateTimesHeads, stack, parts.own, parts.inherited, parts.joint, show) }
    for row in 0..<stack.baseRows.count {
      let g = activations.queryKeyValue.view[stack.baseRows.lowerBound + row] + columns.lowerBound
      for column in 0..<width { heads[row][column] *= PairedSigmoid.pair(g[column], 0).value }
    }
  }
}
