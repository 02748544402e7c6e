import Architectures
import Checkpoints
import LinearAlgebra

/// The first residual stream: x = scale·E[token] + P[position], dx = m·(scale·dE[token] + dP[position]).
struct PairedEmbedding {
  let description: EmbeddingDescription
  let model: Model
  let adaptations: [Adaptation]

  /// Writes the base's stream of a batch, and the deltas of the runs that have memory.
  func apply(_ batch: Batch, _ activations: Activations, _ runs: [RunState]) throws(CheckpointError) {
    for row in 0..<batch.rows {
      try writeBase(batch.token(row), batch.positionID(row), activations.stream.view[row])
    }
    for run in runs {
      guard let memory = run.memory else { continue }
      let mask = run.masks[nil]
      for (own, row) in run.rows.batchRow.enumerated() {
        let target = memory.stream.view[own]
        let weights = (mask.lowRank[own], mask.other[own])
        try addChange(
          run.adaptation, of: description.tokens, row: batch.token(row), scale: description.scale, weights, target)
        if let table = description.positions {
          try addChange(run.adaptation, of: table, row: batch.positionID(row), scale: 1, weights, target)
        }
      }
    }
  }

  private func writeBase(
    _ token: Int, _ position: Int, _ target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    let columns = description.tokens.columns
    try model.row(token, of: description.tokens, into: target)
    for column in 0..<columns { target[column] *= description.scale }
    guard let table = description.positions else { return }
    let row = Matrix(rows: 1, columns: columns)
    try model.row(position, of: table, into: row.elements)
    for column in 0..<columns { target[column] += row.elements[column] }
  }

  private func addChange(
    _ adaptation: Int, of table: Embedding, row: Int, scale: Float, _ weights: (lowRank: Float, other: Float),
    _ target: UnsafeMutablePointer<Float>
  ) throws(CheckpointError) {
    guard let change = adaptations[adaptation].embeddings[table.module], change.rows?.contains(row) ?? true else {
      return
    }
    let mask = (change.isLowRank ? weights.lowRank : weights.other) * scale
    guard mask != 0 else { return }
    let values = Matrix(rows: 1, columns: table.columns)
    try change.form(row, values.elements)
    for column in 0..<table.columns { target[column] += mask * values.elements[column] }
  }
}
