import Architectures
import Checkpoints

extension ReferenceModel {
  /// The stream that enters the first layer.
  func embed(_ tokens: [Int]) throws(CheckpointError) -> TokenVectors {
    let embedding = model.description.embedding
    var stream = try look(up: tokens, in: embedding.tokens) * Double(embedding.scale)
    if let positions = embedding.positions {
      stream.add(try look(up: positionIDs ?? Array(0..<tokens.count), in: positions))
    }
    return stream
  }

  /// Rows of a table, one for each position.
  func look(up indices: [Int], in table: Embedding) throws(CheckpointError) -> TokenVectors {
    var values: [Double] = []
    let change = adaptation?.embeddings[table.module]
    for (position, index) in indices.enumerated() {
      var row = try doubles(table.columns) { target throws(CheckpointError) in
        try model.row(index, of: table, into: target)
      }
      if let change, change.rows?.contains(index) ?? true {
        let mask = change.isLowRank ? masks.common.lowRank : masks.common.other
        let difference = try doubles(table.columns) { target throws(CheckpointError) in
          try change.form(index, target)
        }
        for column in row.indices { row[column] += (mask?[position] ?? 1) * difference[column] }
      }
      values += row
    }
    return TokenVectors(positions: 0..<indices.count, width: table.columns, values: values)
  }
}
