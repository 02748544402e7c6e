import Architectures
import Checkpoints
import LinearAlgebra

/// What layers are given beside the stream.
extension BatchRun {
  /// Keeps the stream that enters the first layer, where layers are given something made of it.
  func keepEmbedded() {
    if let kept = activations.embedded { activations.stream.view.copy(into: kept.view) }
    for memory in states.compactMap(\.memory) {
      if let kept = memory.embedded { memory.stream.view.copy(into: kept.view) }
    }
  }

  /// Looks up what tokens themselves give a layer, in the base and in all runs.
  func givenTokens(_ index: Int, _ runs: [RunState]) throws(CheckpointError) -> GivenTokens? {
    guard let inputs = description.layerInputs, description.layers[index].input != nil else { return nil }
    let (columns, table, batch, model) = (inputs.columns(ofLayer: index), inputs.tokens, batch, forward.model)
    let base = Matrix(rows: batch.rows, columns: inputs.width)
    let pieces = (0..<batch.rows).pieces(of: 256)
    try forward.workers.forEach(pieces.count) { piece, _ throws(CheckpointError) in
      let row = Matrix(rows: 1, columns: table.columns)
      for index in pieces[piece] {
        try model.row(batch.token(index), of: table, into: row.elements)
        base.view[index].update(from: row.elements + columns.lowerBound, count: inputs.width)
      }
    }
    var changes: [Matrix?] = []
    for run in runs {
      guard let change = adaptations[run.adaptation].embeddings[table.module] else {
        changes.append(nil)
        continue
      }
      let mask = change.isLowRank ? run.masks[nil].lowRank : run.masks[nil].other
      let (target, row) = (
        Matrix(rows: run.rows.count, columns: inputs.width), Matrix(rows: 1, columns: table.columns)
      )
      for (own, place) in run.rows.batchRow.enumerated() where mask[own] != 0 {
        let token = batch.token(place)
        guard change.rows?.contains(token) ?? true else { continue }
        try change.form(token, row.elements)
        for column in 0..<inputs.width {
          target.view[own][column] = mask[own] * row.elements[columns.lowerBound + column]
        }
      }
      changes.append(target)
    }
    return GivenTokens(base: base, changes: changes)
  }
}
