import Architectures
import Checkpoints
import LinearAlgebra

/// The first residual stream: x = scale·E[token] + P[position], dx = m·(scale·dE[token] + dP[position]).
struct PairedEmbedding {
  let description: EmbeddingDescription
  let model: Model
  let adaptation: Adaptation

  /// Writes the stream of a batch.
  func apply(_ batch: Batch, _ activations: Activations) throws(CheckpointError) {
    let columns = description.tokens.columns
    let row = Matrix(rows: 1, columns: columns)
    defer { withExtendedLifetime(row) {} }
    let scratch = row.view
    for span in batch.spans {
      let prompt = batch.prompts[batch.spanOfRow[span.rows.lowerBound]]
      for (position, token) in prompt.tokens.enumerated() {
        let row = activations.stream.view[span.rows.lowerBound + position]
        try model.row(token, of: description.tokens, into: row)
        for column in 0..<columns { row[column] *= description.scale }
        if let table = description.positions {
          try model.row(position, of: table, into: scratch[0])
          for column in 0..<columns { row[column] += scratch[0][column] }
        }
        guard position >= span.firstChanged else { continue }
        let delta = activations.streamDelta.view[span.deltaRows.lowerBound + position - span.firstChanged]
        try addChange(of: description.tokens, row: token, scale: description.scale, prompt, position, delta, scratch)
        if let table = description.positions {
          try addChange(of: table, row: position, scale: 1, prompt, position, delta, scratch)
        }
      }
    }
  }

  private func addChange(
    of table: Embedding, row: Int, scale: Float, _ prompt: ForwardPrompt, _ position: Int,
    _ target: UnsafeMutablePointer<Float>, _ scratch: MatrixView
  ) throws(CheckpointError) {
    guard let change = adaptation.embeddings[table.module], change.rows?.contains(row) ?? true else { return }
    let mask = (change.isLowRank ? prompt.lowRankMask : prompt.otherMask)[position] * scale
    guard mask != 0 else { return }
    try change.form(row, scratch[0])
    for column in 0..<table.columns { target[column] += mask * scratch[0][column] }
  }
}
